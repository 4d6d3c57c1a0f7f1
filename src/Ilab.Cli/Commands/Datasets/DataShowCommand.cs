using System.CommandLine;
using System.Text.Json;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;

namespace Ilab.Cli.Commands.Datasets;

/// <summary>`data show`: records for reading.</summary>
internal static class DataShowCommand
{
    private static readonly string[] UsedByTraining = ["tools", "documents", "chat_template_kwargs", "unmask"];

    public static Command Create(Session session)
    {
        var name = new Argument<string>("DATASET") { Description = CommonOptions.Reference };
        var skip = new Option<ulong>("--skip")
        {
            Description = "Skip the first N records",
            HelpName = "N",
            DefaultValueFactory = static _ => 0,
        };
        var take = new Option<ulong?>("--take")
        {
            Description = "Maximum number of records; 0 = all [default: 10; all lines of a file that is not JSONL]",
            HelpName = "N",
        };
        var file = new Option<string?>("--file") { Description = "Another file of the dataset, as 'ilab data inspect' lists them", HelpName = "TITLE" };
        var format = new ChoiceOption("--format", "text", "jsonl") { Description = "Text for reading, or the lines as stored", Default = "text" };
        var command = new Command(
            "show",
            "Show records of a dataset\n\nExamples:\n  ilab data show birds\n  ilab data show birds --skip 100 --take 5 --format " + "jsonl"
        )
        {
            name,
            skip,
            take,
            file,
            format,
        };
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var client = await session.ClientAsync(cancellationToken);
                var title = line.GetValue(file) ?? "";
                var limit = line.GetValue(take) ?? (title.Length == 0 || title.EndsWith(".jsonl", StringComparison.Ordinal) ? 10u : 0);
                var request = new ReadDatasetRequest
                {
                    Reference = line.GetRequiredValue(name),
                    File = title,
                    Skip = line.GetValue(skip),
                    Take = limit == 0 ? ulong.MaxValue : limit,
                };
                using var call = client.Data.Read(request, cancellationToken: cancellationToken);
                while (await call.ResponseStream.MoveNext(cancellationToken))
                {
                    var text = call.ResponseStream.Current.Chunk.ToStringUtf8();
                    await session.Out.WriteAsync(line.GetValue(format) == "text" ? Readable(text) : text);
                }

                return 0;
            }
        );
        return command;
    }

    /// <summary>Each message below its role; a line that is not a record is kept as it is.</summary>
    private static string Readable(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("messages", out var messages))
            {
                return line;
            }

            return string.Concat(messages.EnumerateArray().Select(ReadableMessage)) + Keys(document.RootElement, UsedByTraining.Contains) + "\n";
        }
        catch (JsonException)
        {
            return line;
        }
    }

    private static string ReadableMessage(JsonElement message) =>
        $"[{message.GetProperty("role").GetString()}]\n{Visible(message.GetProperty("content").GetString()!)}\n"
        + Keys(message, static key => key is not ("role" or "content"));

    /// <summary>What a training is given beside the texts, such as calls of tools and weights.</summary>
    private static string Keys(JsonElement json, Predicate<string> isShown) =>
        string.Concat(
            json.EnumerateObject()
                .Where(property => isShown(property.Name))
                .Select(static property => $"{Visible(property.Name)}: {Visible(property.Value.GetRawText()).ReplaceLineEndings(" ")}\n")
        );

    /// <summary>Keeps control characters in data from reaching the terminal.</summary>
    private static string Visible(string text) => string.Concat(text.Select(static c => char.IsControl(c) && c is not ('\n' or '\t') ? '?' : c));
}
