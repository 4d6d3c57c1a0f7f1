using System.CommandLine;
using Google.Protobuf;
using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Cli.Commands.Models;
using Ilab.Cli.Hosting;
using Ilab.Client;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Datasets;

/// <summary>`data import`: the client sends the file.</summary>
internal static class DataImportCommand
{
    private const int ChunkSize = 1 << 20;

    public static Command Create(Session session)
    {
        var path = new Argument<string>("FILE") { Description = "JSONL, CSV, TSV or Parquet, by its extension; - reads JSONL from standard input" };
        var name = new Option<string?>("--name") { Description = "Name in the store; default: from the file's name", HelpName = "NAME" };
        var replace = new Option<bool>("--replace") { Description = "Take the name over when another dataset has it" };
        var skip = new Option<bool>("--skip-invalid") { Description = "Leave out lines that are no records, instead of refusing the file" };
        var label = new Option<string[]>("--label") { Description = "KEY=VALUE; may be repeated", HelpName = "LABEL" };
        var command = new Command("import", "Take records into the store\n\nJSONL lines with messages are kept byte for byte; each row of CSV, TSV or Parquet is an object of its columns. system/user/assistant, instruction/input/output, conversations, prompt/completion and question/answer become messages.\n\nExamples:\n  ilab data import train.jsonl --name birds\n  ilab data import table.parquet\n  zcat old.jsonl.gz | ilab data import - --name old") { path, name, replace, skip, label };
        command.SetAction(async (line, cancellationToken) =>
        {
            var client = await session.ClientAsync(cancellationToken);
            var file = line.GetRequiredValue(path);
            var start = new ImportDatasetStart { FileName = file == "-" ? "standard-input" : Path.GetFileName(file), Name = line.GetValue(name) ?? "", Replace = line.GetValue(replace), SkipInvalid = line.GetValue(skip) };
            start.Labels.Add(ModelData.ParseLabels(line.GetValue(label)));
            await using var stream = Open(file);
            var response = await SendAsync(client, start, stream, cancellationToken);
            await session.SayAsync($"{response.Dataset.Samples} samples{(response.Skipped > 0 ? $", {response.Skipped} lines left out" : "")}");
            await session.Out.WriteLineAsync(response.Dataset.Name);
            return 0;
        });
        return command;
    }

    private static Stream Open(string path)
    {
        try
        {
            return path == "-" ? Console.OpenStandardInput() : new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.SequentialScan);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new IlabException(ErrorKind.PermissionDenied, $"{path}: permission denied", "", exception);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new IlabException(ErrorKind.NotFound, $"{path}: no such file", "", exception);
        }
    }

    private static async Task<ImportDatasetResponse> SendAsync(IlabClient client, ImportDatasetStart start, Stream stream, CancellationToken cancellationToken)
    {
        using var call = client.Data.Import(cancellationToken: cancellationToken);
        try
        {
            await call.RequestStream.WriteAsync(new ImportDatasetRequest { Start = start }, cancellationToken);
            while (true)
            {
                var chunk = new byte[ChunkSize];
                var read = await stream.ReadAsync(chunk, cancellationToken);
                if (read == 0)
                {
                    break;
                }

                await call.RequestStream.WriteAsync(new ImportDatasetRequest { Chunk = UnsafeByteOperations.UnsafeWrap(chunk.AsMemory(0, read)) }, cancellationToken);
            }

            await call.RequestStream.CompleteAsync();
        }
        catch (RpcException)
        {
            // The service said no in the middle; its answer says why.
        }

        return await call.ResponseAsync;
    }
}
