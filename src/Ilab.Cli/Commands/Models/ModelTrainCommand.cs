using System.CommandLine;
using Google.Protobuf;
using Ilab.Api.V1;
using Ilab.Cli.Commands.Jobs;
using Ilab.Cli.Hosting;
using Ilab.Client;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Models;

/// <summary>`model train`: a durable job, followed until it ends.</summary>
internal static class ModelTrainCommand
{
    public static Command Create(Session session)
    {
        var source = new Argument<string>("BASE") { Description = "Model to begin with" };
        var data = new Option<string>("--data") { Description = "Records, one JSON object a line: messages, instruction and output, prompt and completion, or text; or a dataset of the store", HelpName = "FILE|DATASET", Required = true };
        var tag = new Option<string>("--tag", "-t", "--name") { Description = "Name of the model that comes out", HelpName = "NAME", Required = true };
        var from = new Option<string?>("--from-checkpoint") { Description = "Training job whose last checkpoint it begins with; same base, rank and layers", HelpName = "JOB" };
        var replace = new Option<bool>("--replace") { Description = "Take the name from another model" };
        var label = new Option<string[]>("--label") { Description = "KEY=VALUE; may be repeated", HelpName = "LABEL" };
        var detach = new Option<bool>("--detach", "-d") { Description = "Print the job's id and return" };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "No progress" };
        var options = new TrainingFlags();
        var command = new Command("train", "Train a model on records\n\nAdapters of low rank are trained beside the base, which stays as it is; base and adapter together are the new model. With --training-type full every weight is trained instead. The training is a job of the service: it goes on when this command ends, and from its last checkpoint after any interruption. Only answers are learned, not questions.\n\nExamples:\n  ilab model train stories --data facts.jsonl --tag stories-with-facts\n  ilab model train granite --data chat.jsonl --tag mine --rank 16 --epochs 3 --learning-rate 1e-4") { source, data, tag, from, replace, label, detach, quiet };
        options.AddTo(command);
        command.SetAction(async (line, cancellationToken) =>
        {
            var records = line.GetRequiredValue(data);
            var isFile = File.Exists(records) || records.EndsWith(".jsonl", StringComparison.Ordinal);
            var path = Path.GetFullPath(records);
            var request = new TrainModelRequest
            {
                Base = line.GetRequiredValue(source),
                DataPath = isFile ? path : "",
                DataName = isFile ? Path.GetFileName(path) : records,
                Dataset = isFile ? "" : records,
                Name = line.GetRequiredValue(tag),
                Replace = line.GetValue(replace),
                FromJob = line.GetValue(from) ?? "",
                Options = options.Read(line),
                RequestId = Guid.NewGuid().ToString("N"),
            };
            request.Labels.Add(ModelData.ParseLabels(line.GetValue(label)));
            var client = await session.ClientAsync(cancellationToken);
            var job = await StartAsync(client, request, cancellationToken);
            if (line.GetValue(detach))
            {
                await session.Out.WriteLineAsync(job);
                return 0;
            }

            return await new JobFollower(session, client, line.GetValue(quiet)).FollowAsync(job, printResult: true, cancellationToken);
        });
        return command;
    }

    private static async Task<string> StartAsync(IlabClient client, TrainModelRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return (await client.Models.TrainAsync(request, cancellationToken: cancellationToken)).JobId;
        }
        catch (IlabException exception) when (exception.Kind == ErrorKind.UploadRequired)
        {
            if (!File.Exists(request.DataPath))
            {
                throw new IlabException(ErrorKind.NotFound, $"{request.DataPath}: no such file");
            }

            request.Data = ByteString.CopyFrom(await File.ReadAllBytesAsync(request.DataPath, cancellationToken));
            return (await client.Models.TrainAsync(request, cancellationToken: cancellationToken)).JobId;
        }
    }
}
