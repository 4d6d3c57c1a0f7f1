using System.CommandLine;
using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Cli.Files;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;
using Ilab.Cli.Output;
using Ilab.Client;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Models;

/// <summary>`model import`: by path if the service may read the file for the caller, else by upload.</summary>
internal static class ModelImportCommand
{
    /// <summary>Usual extensions of what <c>model convert</c> reads.</summary>
    private static readonly string[] ConvertibleExtensions = [".bin", ".safetensors", ".pt", ".pth"];

    public static Command Create(Session session)
    {
        var path = new Argument<string>("PATH") { Description = "GGUF file, directory that contains one model, or Modelfile" };
        var name = new Option<string?>("--name")
        {
            Description = "Name in the store [default: derived from the file name, of a Modelfile from its directory]",
            HelpName = "NAME",
        };
        var link = new Option<bool>("--link") { Description = "Hard link the file even if another user owns it; it must not be changed afterwards" };
        var replace = CommonOptions.Replace("model");
        var label = CommonOptions.Label();
        var quiet = CommonOptions.Quiet();
        var command = new Command(
            "import",
            "Import a local model into the store\n\nThe data is shared with the file where the file system supports reflinks, else copied. Other formats "
                + "than GGUF: see 'ilab model convert'.\n\n"
                + "A Modelfile makes a model of another one: FROM a stored model, a GGUF file or a Hugging Face directory, "
                + "with ADAPTER, SYSTEM, PARAMETER, MESSAGE and LICENSE.\n\nExamples:\n  ilab model import ~/models/stories260K.gguf\n"
                + "  ilab model import ./llama-3-8b --name llama3:8b\n  ilab model import ./Modelfile --name terse"
        )
        {
            path,
            name,
            link,
            replace,
            label,
            quiet,
        };
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var client = await session.ClientAsync(cancellationToken);
                var full = Path.GetFullPath(line.GetRequiredValue(path));
                if (!File.Exists(full) && !Directory.Exists(full))
                {
                    throw FileErrors.Of(line.GetRequiredValue(path), FileUse.Read, new FileNotFoundException());
                }

                if (ConvertibleExtensions.Contains(Path.GetExtension(full).ToLowerInvariant()) && !await IsGgufAsync(full, cancellationToken))
                {
                    throw NotGguf(line.GetRequiredValue(path), full);
                }

                var request = new ImportModelRequest
                {
                    Path = full,
                    Name = line.GetValue(name) ?? "",
                    Link = line.GetValue(link),
                    Replace = line.GetValue(replace),
                };
                request.Labels.Add(LabelText.Parse(line.GetValue(label)));
                var progress = new ProgressLine(session, line.GetValue(quiet));
                var model = await RunAsync(client, request, progress, session, cancellationToken);
                await session.Out.WriteLineAsync(model.Name);
                return 0;
            }
        );
        return command;
    }

    private static IlabException NotGguf(string path, string full) =>
        full.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase)
            ? new IlabException(
                ErrorKind.InvalidModel,
                $"{path} holds weights only: a model is a folder with config.json and a tokenizer beside them",
                $"name its folder: ilab model convert {FolderOf(path)}"
            )
            : new IlabException(ErrorKind.InvalidModel, $"{path} is not a GGUF file", $"convert it: ilab model convert {path}");

    private static string FolderOf(string path) => Path.GetDirectoryName(path) is { Length: > 0 } folder ? folder : ".";

    private static async Task<bool> IsGgufAsync(string path, CancellationToken cancellationToken)
    {
        await using var file = InputFile.Open(path);
        var magic = new byte[4];
        return await file.ReadAtLeastAsync(magic, magic.Length, throwOnEndOfStream: false, cancellationToken) == magic.Length
            && magic.AsSpan().SequenceEqual("GGUF"u8);
    }

    private static async Task<Api.V1.Model> RunAsync(
        IlabClient client,
        ImportModelRequest request,
        ProgressLine progress,
        Session session,
        CancellationToken cancellationToken
    )
    {
        try
        {
            using var call = client.Models.Import(request, cancellationToken: cancellationToken);
            return await ReadAsync(call.ResponseStream, progress, session, cancellationToken);
        }
        catch (IlabException exception) when (exception.Kind == ErrorKind.UploadRequired && request.Modelfile.Length == 0)
        {
            if (LocalModelfile.Find(request.Path) is { } modelfile)
            {
                var copy = request.Clone();
                (copy.Path, copy.Modelfile) = (modelfile, LocalModelfile.Read(modelfile));
                return await RunAsync(client, copy, progress, session, cancellationToken);
            }

            return await ModelUpload.SendAsync(client, request, progress, session, cancellationToken);
        }
        finally
        {
            await progress.EndAsync();
        }
    }

    internal static async Task<Api.V1.Model> ReadAsync(
        IAsyncStreamReader<ImportModelProgress> stream,
        ProgressLine progress,
        Session session,
        CancellationToken cancellationToken
    )
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

        throw new IlabException(ErrorKind.Internal, "the service ended the import without a result", "see its log");
    }
}
