using System.CommandLine;
using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Cli.Output;
using Ilab.Client;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Models;

/// <summary>`model import`: by path where the service may read it for the caller, else the bytes are sent.</summary>
internal static class ModelImportCommand
{
    public static Command Create(Session session)
    {
        var path = new Argument<string>("PATH") { Description = "GGUF file, or folder with one model" };
        var name = new Option<string?>("--name") { Description = "Name in the store; default: from the file's name", HelpName = "NAME" };
        var link = new Option<bool>("--link") { Description = "Hard link even when the file does not belong to the service's user" };
        var replace = new Option<bool>("--replace") { Description = "Take the name over when another model has it" };
        var label = new Option<string[]>("--label") { Description = "KEY=VALUE; may be repeated", HelpName = "LABEL" };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "No progress" };
        var command = new Command("import", "Take a local model into the store\n\nNo second copy is made where the file system allows it.\n\nExamples:\n  ilab model import ~/models/stories260K.gguf\n  ilab model import ./llama-3-8b --name llama3:8b") { path, name, link, replace, label, quiet };
        command.SetAction(async (line, cancellationToken) =>
        {
            var client = await session.ClientAsync(cancellationToken);
            var full = Path.GetFullPath(line.GetRequiredValue(path));
            if (!File.Exists(full) && !Directory.Exists(full))
            {
                throw new IlabException(ErrorKind.NotFound, $"{line.GetValue(path)}: no such file or folder");
            }

            var request = new ImportModelRequest { Path = full, Name = line.GetValue(name) ?? "", Link = line.GetValue(link), Replace = line.GetValue(replace) };
            request.Labels.Add(ModelData.ParseLabels(line.GetValue(label)));
            var progress = new ProgressLine(session, line.GetValue(quiet));
            var model = await RunAsync(client, request, progress, session, cancellationToken);
            await session.Out.WriteLineAsync(model.Name);
            return 0;
        });
        return command;
    }

    private static async Task<Api.V1.Model> RunAsync(IlabClient client, ImportModelRequest request, ProgressLine progress, Session session, CancellationToken cancellationToken)
    {
        try
        {
            using var call = client.Models.Import(request, cancellationToken: cancellationToken);
            return await ReadAsync(call.ResponseStream, progress, session, cancellationToken);
        }
        catch (IlabException exception) when (exception.Kind == ErrorKind.UploadRequired)
        {
            return await ModelUpload.SendAsync(client, request, progress, session, cancellationToken);
        }
        finally
        {
            await progress.EndAsync();
        }
    }

    internal static async Task<Api.V1.Model> ReadAsync(IAsyncStreamReader<ImportModelProgress> stream, ProgressLine progress, Session session, CancellationToken cancellationToken)
    {
        while (await stream.MoveNext(cancellationToken))
        {
            var message = stream.Current;
            if (message.Warning.Length > 0)
            {
                await progress.EndAsync();
                await session.SayAsync($"Warning: {message.Warning}");
            }

            if (message.EventCase == ImportModelProgress.EventOneofCase.Done)
            {
                return message.Done;
            }

            if (message.Progress is { } transfer)
            {
                await progress.ShowAsync(transfer);
            }
        }

        throw new IlabException(ErrorKind.Internal, "the service ended the import without a result");
    }
}
