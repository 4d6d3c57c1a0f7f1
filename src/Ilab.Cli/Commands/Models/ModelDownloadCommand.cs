using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Commands.Jobs;
using Ilab.Cli.Hosting;

namespace Ilab.Cli.Commands.Models;

/// <summary>`model download`, also `pull`: a durable job, followed until it ends.</summary>
internal static class ModelDownloadCommand
{
    public static Command Create(Session session)
    {
        var source = new Argument<string>("SOURCE") { Description = "org/repo:QUANT, hf://org/repo/file.gguf, or an http(s) address" };
        var name = new Option<string?>("--name") { Description = "Name in the store; default: from the source", HelpName = "NAME" };
        var digest = new Option<string?>("--digest") { Description = "sha256:... that the file must have", HelpName = "DIGEST" };
        var label = new Option<string[]>("--label") { Description = "KEY=VALUE; may be repeated", HelpName = "LABEL" };
        var detach = new Option<bool>("--detach", "-d") { Description = "Print the job's id and return" };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "No progress" };
        var command = new Command("download", "Get a model from a source\n\nThe download is a job of the service: it goes on when this command ends, and after any interruption.\n\nExamples:\n  ilab model download ggml-org/models:Q4_K_M\n  ilab model download https://example.org/model.gguf --name mine") { source, name, digest, label, detach, quiet };
        command.Aliases.Add("pull");
        command.SetAction(async (line, cancellationToken) =>
        {
            var client = await session.ClientAsync(cancellationToken);
            var request = new DownloadModelRequest
            {
                Source = line.GetRequiredValue(source),
                Name = line.GetValue(name) ?? "",
                ExpectedDigest = line.GetValue(digest) ?? "",
                Token = session.Environment("HF_TOKEN") ?? "",
                RequestId = Guid.NewGuid().ToString("N"),
            };
            request.Labels.Add(ModelData.ParseLabels(line.GetValue(label)));
            var job = (await client.Models.DownloadAsync(request, cancellationToken: cancellationToken)).JobId;
            if (line.GetValue(detach))
            {
                await session.Out.WriteLineAsync(job);
                return 0;
            }

            return await new JobFollower(session, client, line.GetValue(quiet)).FollowAsync(job, printResult: true, cancellationToken);
        });
        return command;
    }
}
