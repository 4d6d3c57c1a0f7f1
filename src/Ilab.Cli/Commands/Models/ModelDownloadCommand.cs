using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Commands.Jobs;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;
using Ilab.Cli.Output;

namespace Ilab.Cli.Commands.Models;

/// <summary>`model download`: a job, followed to its end.</summary>
internal static class ModelDownloadCommand
{
    public static Command Create(Session session)
    {
        var source = new Argument<string>("SOURCE") { Description = "ORG/REPO:QUANT, hf://ORG/REPO/FILE.gguf, or an http(s) URL" };
        var name = new Option<string?>("--name") { Description = "Name in the store [default: derived from the source]", HelpName = "NAME" };
        var digest = new Option<string?>("--digest") { Description = "Expected sha256:... of the file", HelpName = "DIGEST" };
        var secret = new Option<string?>("--token-secret")
        {
            Description = "Secret with the access token; see 'ilab secret create' [default: HF_TOKEN]",
            HelpName = "NAME",
        };
        var label = CommonOptions.Label();
        var detach = CommonOptions.Detach();
        var quiet = CommonOptions.Quiet();
        var command = new Command(
            "download",
            "Download a model\n\nThe download is a job of the service: it survives this command and resumes after interruptions. The access token for "
                + "private repositories is a secret, or read from HF_TOKEN.\n\nExamples:\n  ilab model download ggml-org/models:Q4_K_M\n"
                + "  ilab model download https://example.org/model.gguf --name mine"
        )
        {
            source,
            name,
            digest,
            secret,
            label,
            detach,
            quiet,
        };
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var client = await session.ClientAsync(cancellationToken);
                var request = new DownloadModelRequest
                {
                    Source = line.GetRequiredValue(source),
                    Name = line.GetValue(name) ?? "",
                    ExpectedDigest = line.GetValue(digest) ?? "",
                    Token = line.GetValue(secret) is null ? session.Environment("HF_TOKEN") ?? "" : "",
                    TokenSecret = line.GetValue(secret) ?? "",
                    RequestId = Guid.NewGuid().ToString("N"),
                };
                request.Labels.Add(LabelText.Parse(line.GetValue(label)));
                var job = (await client.Models.DownloadAsync(request, cancellationToken: cancellationToken)).JobId;
                if (line.GetValue(detach))
                {
                    await session.Out.WriteLineAsync(job);
                    return 0;
                }

                return await new JobFollower(session, client, line.GetValue(quiet)).FollowAsync(job, printResult: true, cancellationToken);
            }
        );
        return command;
    }
}
