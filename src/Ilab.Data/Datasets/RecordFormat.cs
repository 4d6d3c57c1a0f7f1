using System.Text.Json;
using System.Text.Json.Nodes;
using Ilab.Data.Datasets.Files;
using Ilab.Data.Datasets.Shapes;

namespace Ilab.Data.Datasets;

/// <summary>
/// Parses lines of JSONL as records. Whatever shape a record comes in (<see cref="RecordShapes"/>), it is stored as messages; keys that belong to no shape are
/// carried along unchanged.
/// </summary>
public static class RecordFormat
{
    internal static readonly JsonDocumentOptions Strict = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    private static readonly JsonSerializerOptions Text = new() { Encoder = RecordFile.Writing.Encoder };

    /// <param name="line">One JSON object, without line terminator.</param>
    /// <param name="keepsPlain">Keep a prompt with its completion as plain text, as training uses them, instead of converting them to a conversation.</param>
    /// <returns>The messages, and the line to store: the input itself, on one line, if it already contains messages in their stored form.</returns>
    /// <exception cref="FormatException">Describes the problem, without the line number.</exception>
    public static (IReadOnlyList<RecordMessage> Messages, ReadOnlyMemory<byte> Line) Read(ReadOnlyMemory<byte> line, bool keepsPlain = false)
    {
        WellFormed.Check(line.Span);
        if (StoredForm.Recognize(line) is { } messages)
        {
            return (messages, OnOneLine(line));
        }

        var record = RecordShapes.Read(Parse(line), keepsPlain);
        if (record.IsStored)
        {
            return (record.Messages, OnOneLine(line));
        }

        var stored = JsonSerializer.SerializeToUtf8Bytes(record.Json, Text);
        using var document = JsonDocument.Parse(stored, Strict);
        TrainingKeys.Check(document.RootElement);
        return (record.Messages, stored);
    }

    /// <summary>A record of an array may span lines. Line ends are white space between its parts: within a text they would not be JSON.</summary>
    private static ReadOnlyMemory<byte> OnOneLine(ReadOnlyMemory<byte> json)
    {
        if (json.Span.IndexOfAny((byte)'\n', (byte)'\r') < 0)
        {
            return json;
        }

        var line = json.ToArray();
        line.AsSpan().Replace((byte)'\n', (byte)' ');
        line.AsSpan().Replace((byte)'\r', (byte)' ');
        return line;
    }

    private static JsonObject Parse(ReadOnlyMemory<byte> line)
    {
        JsonNode? node;
        try
        {
            node = JsonNode.Parse(line.Span, documentOptions: Strict);
        }
        catch (JsonException exception)
        {
            // What is well formed and yet refused has no position: a key that is given twice.
            var what = exception.BytePositionInLine is { } position ? $"not JSON (byte {position})" : "a key is given twice";
            throw new FormatException(what, exception);
        }

        return node as JsonObject ?? throw new FormatException($"a record must be an object, not {Noun(node?.GetValueKind() ?? JsonValueKind.Null)}");
    }

    private static string Noun(JsonValueKind kind) =>
        kind switch
        {
            JsonValueKind.Array => "a list",
            JsonValueKind.String => "a text",
            JsonValueKind.Number => "a number",
            JsonValueKind.Null => "null",
            _ => "true or false",
        };
}
