using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Files;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;
using Ilab.Client;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Datasets;

/// <summary>`data export`: one file, or all files into a directory.</summary>
internal static class DataExportCommand
{
    public static Command Create(Session session)
    {
        var name = new Argument<string>("DATASET") { Description = CommonOptions.Reference };
        var target = new Argument<string?>("TARGET")
        {
            Description = "File for the records, or directory (existing, or ending with /) for all files [default: standard output]",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var file = new Option<string?>("--file") { Description = "Another file of the dataset, as 'ilab data inspect' lists them", HelpName = "TITLE" };
        var replace = new Option<bool>("--replace") { Description = "Replace existing files" };
        var command = new Command(
            "export",
            "Export a dataset to files\n\nExamples:\n  ilab data export birds > birds.jsonl\n  ilab data export birds out/\n"
                + "  ilab data export birds --file report.html report.html"
        )
        {
            name,
            target,
            file,
            replace,
        };
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var client = await session.ClientAsync(cancellationToken);
                var (reference, to, title) = (line.GetRequiredValue(name), line.GetValue(target), line.GetValue(file));
                if (to is null or "-")
                {
                    await session.Out.FlushAsync(cancellationToken);
                    await using var output = StandardStreams.OpenOutput();
                    await CopyAsync(client, reference, title, output, cancellationToken);
                    return 0;
                }

                if (title is not null || !(Directory.Exists(to) || to.EndsWith('/')))
                {
                    await WriteAsync(client, reference, title, to, line.GetValue(replace), cancellationToken);
                    await session.Out.WriteLineAsync(to);
                    return 0;
                }

                var dataset = await client.Data.InspectAsync(new InspectDatasetRequest { Reference = reference }, cancellationToken: cancellationToken);
                foreach (var part in dataset.Files)
                {
                    var path = PathIn(to, part.Title);
                    await WriteAsync(client, dataset.Dataset.Digest, part.Title, path, line.GetValue(replace), cancellationToken);
                    await session.Out.WriteLineAsync(path);
                }

                return 0;
            }
        );
        return command;
    }

    /// <summary>The path of a file below the directory; a title that leads out of it is refused.</summary>
    private static string PathIn(string folder, string title)
    {
        var full = Path.GetFullPath(Path.Combine(folder, title));
        return full.StartsWith(Path.GetFullPath(folder).TrimEnd('/') + "/", StringComparison.Ordinal)
            ? Path.Combine(folder, title)
            : throw new IlabException(
                ErrorKind.Corrupt,
                $"the file name \"{title}\" in the dataset leads out of {folder}",
                "inspect the dataset before you use it"
            );
    }

    private static async Task WriteAsync(IlabClient client, string reference, string? title, string path, bool replace, CancellationToken cancellationToken)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
        {
            OutputFile.CreateDirectory(folder);
        }

        await OutputFile.WriteAsync(path, replace, stream => CopyAsync(client, reference, title, stream, cancellationToken), cancellationToken);
    }

    private static async Task CopyAsync(IlabClient client, string reference, string? title, Stream output, CancellationToken cancellationToken)
    {
        using var call = client.Data.Read(new ReadDatasetRequest { Reference = reference, File = title ?? "" }, cancellationToken: cancellationToken);
        while (await call.ResponseStream.MoveNext(cancellationToken))
        {
            await output.WriteAsync(call.ResponseStream.Current.Chunk.Memory, cancellationToken);
        }
    }
}
