using System.CommandLine;
using Google.Protobuf;
using Ilab.Api.V1;
using Ilab.Cli.Files;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;
using Ilab.Cli.Output;
using Ilab.Client;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Datasets;

/// <summary>`data import`: uploads the records.</summary>
internal static class DataImportCommand
{
    private const int ChunkSize = 1 << 20;

    public static Command Create(Session session)
    {
        var path = new Argument<string>("FILE") { Description = "JSONL, CSV, TSV or Parquet file, by its extension; - reads JSONL from standard input" };
        var name = new Option<string?>("--name") { Description = "Name in the store [default: derived from the file name]", HelpName = "NAME" };
        var replace = CommonOptions.Replace("dataset");
        var skip = new Option<bool>("--skip-invalid") { Description = "Skip invalid lines instead of rejecting the file" };
        var label = CommonOptions.Label();
        var command = new Command(
            "import",
            "Import records into the store\n\nJSONL records with messages are kept byte for byte; each row of CSV, TSV or Parquet is an object of its columns. "
                + "Records with system/user/assistant, "
                + "instruction/input/output, conversations, prompt/completion or question/answer are converted to messages.\n\nExamples:\n"
                + "  ilab data import train.jsonl --name birds\n  ilab data import table.parquet\n"
                + "  zcat old.jsonl.gz | ilab data import - --name old"
        )
        {
            path,
            name,
            replace,
            skip,
            label,
        };
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var client = await session.ClientAsync(cancellationToken);
                var file = line.GetRequiredValue(path);
                var start = new ImportDatasetStart
                {
                    FileName = file == "-" ? "standard-input" : Path.GetFileName(file),
                    Name = line.GetValue(name) ?? "",
                    Replace = line.GetValue(replace),
                    SkipInvalid = line.GetValue(skip),
                };
                start.Labels.Add(LabelText.Parse(line.GetValue(label)));
                await using var stream = Open(file);
                var response = await SendAsync(client, start, stream, cancellationToken);
                await session.SayAsync($"{response.Dataset.Samples} samples{(response.Skipped > 0 ? $", {response.Skipped} lines skipped" : "")}");
                await session.Out.WriteLineAsync(response.Dataset.Name);
                return 0;
            }
        );
        return command;
    }

    private static Stream Open(string path) =>
        path != "-" ? InputFile.Open(path)
        : StandardStreams.InputIsOpen ? StandardStreams.OpenInput()
        : throw new IlabException(ErrorKind.InvalidArgument, "standard input is closed", "name a file, or pipe the records in");

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

                await call.RequestStream.WriteAsync(
                    new ImportDatasetRequest { Chunk = UnsafeByteOperations.UnsafeWrap(chunk.AsMemory(0, read)) },
                    cancellationToken
                );
            }

            await call.RequestStream.CompleteAsync();
        }
        catch (IlabException)
        {
            // The service refused meanwhile; its response says why.
        }

        return await call.ResponseAsync;
    }
}
