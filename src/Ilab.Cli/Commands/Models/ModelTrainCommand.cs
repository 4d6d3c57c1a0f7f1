using System.CommandLine;
using Google.Protobuf;
using Ilab.Api.V1;
using Ilab.Cli.Commands.Config.Runs;
using Ilab.Cli.Files;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;
using Ilab.Client;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Models;

/// <summary>`model train`: a job, followed to its end.</summary>
internal static class ModelTrainCommand
{
    private const string Help = """
        Fine-tune a model

        By default LoRA adapters are trained and the base model stays as it is; base and adapter together are the new model. --training-type full trains every
        weight. The loss is computed on answers only, not on prompts. The training is a job of the service: it survives this command and resumes from its last
        checkpoint after an interruption.

        Examples:
          ilab model train stories --data facts.jsonl --name stories-with-facts
          ilab model train granite --data chat.jsonl --name mine --rank 16 --epochs 3 --learning-rate 1e-4
          ilab model train --config train.yaml training.max_steps=100 --name mine
          ilab model train granite --data chat.jsonl --batch-size 8 --dry-run
        """;

    public static Command Create(Session session)
    {
        var source = new Argument<string>("BASE")
        {
            Description = "Base model: " + char.ToLowerInvariant(CommonOptions.Reference[0]) + CommonOptions.Reference[1..],
        };
        var data = new Option<string>("--data")
        {
            Description = "Training data: a stored dataset, or a JSONL file of records with messages, instruction and output, prompt and completion, or text",
            HelpName = "FILE|DATASET",
            Required = true,
        };
        var name = new Option<string>("--name", "--tag", "-t")
        {
            Description = "Name of the new model",
            HelpName = "NAME",
            Required = true,
        };
        var from = CommonOptions.Text(
            "--from-checkpoint",
            "Start from the last checkpoint of this training job; base, rank and layers must be the same",
            "JOB"
        );
        var flags = new TrainingFlags();
        var options = new JobOptions(CommonOptions.Replace("model"));
        var command = new Command("train", Help) { source, data, name, from };
        flags.AddTo(command);
        options.AddTo(command);
        var plan = new PlanOptions();
        plan.AddTo(command);
        plan.Require(command, data, name);
        ConfigOption.AddTo(command, "training");
        command.SetAction(
            async (line, cancellationToken) =>
            {
                if (plan.IsDryRun(line))
                {
                    return await plan.PlanAsync(session, line, "model train", line.GetRequiredValue(source), isJson: false, cancellationToken);
                }

                var records = line.GetRequiredValue(data);
                var isFile = File.Exists(records) || records.EndsWith(".jsonl", StringComparison.Ordinal);
                var path = Path.GetFullPath(records);
                var request = new TrainModelRequest
                {
                    Base = line.GetRequiredValue(source),
                    DataPath = isFile ? path : "",
                    DataName = isFile ? Path.GetFileName(path) : records,
                    Dataset = isFile ? "" : records,
                    Name = line.GetRequiredValue(name),
                    Replace = options.Replace(line),
                    FromJob = line.GetValue(from) ?? "",
                    Options = flags.Read(line),
                    RequestId = Guid.NewGuid().ToString("N"),
                };
                request.Labels.Add(options.Labels(line));
                if (isFile || Directory.Exists(records))
                {
                    InputFile.Open(records).Dispose(); // reports an unreadable file before anything is sent
                }

                var client = await session.ClientAsync(cancellationToken);
                return await options.FollowAsync(session, client, line, () => StartAsync(client, request, records, cancellationToken), cancellationToken);
            }
        );
        return command;
    }

    private static async Task<string> StartAsync(IlabClient client, TrainModelRequest request, string file, CancellationToken cancellationToken)
    {
        try
        {
            return (await client.Models.TrainAsync(request, cancellationToken: cancellationToken)).JobId;
        }
        catch (IlabException exception) when (exception.Kind == ErrorKind.UploadRequired)
        {
            request.Data = ByteString.CopyFrom(await InputFile.ReadAsync(file, cancellationToken));
            return (await client.Models.TrainAsync(request, cancellationToken: cancellationToken)).JobId;
        }
    }
}
