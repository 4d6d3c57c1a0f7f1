using System.Text.Json;
using Ilab.Data.Datasets.Files;

namespace Ilab.Data.Datasets;

/// <summary>
/// Parses lines of JSONL as records. Messages are kept as they are; older schemas (<c>system/user/assistant</c>, <c>instruction/input/output</c>,
/// <c>conversations</c>, <c>prompt/completion</c>, <c>question/answer</c>) are converted to messages.
/// </summary>
public static class RecordFormat
{
    internal static readonly JsonWriterOptions Writing = RecordFile.Writing;

    private static readonly Dictionary<string, string> Speakers = new(StringComparer.Ordinal)
    {
        ["human"] = "user",
        ["user"] = "user",
        ["gpt"] = "assistant",
        ["assistant"] = "assistant",
        ["model"] = "assistant",
        ["system"] = "system",
        ["tool"] = "tool",
    };

    /// <param name="line">One JSON object, without line terminator.</param>
    /// <returns>The messages, and the line to store: the input itself if it already contains messages.</returns>
    /// <exception cref="FormatException">Describes the problem, without the line number.</exception>
    public static (IReadOnlyList<RecordMessage> Messages, ReadOnlyMemory<byte> Line) Read(ReadOnlyMemory<byte> line)
    {
        using var document = Parse(line);
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException($"a record must be an object, not {Noun(root.ValueKind)}");
        }

        if (root.TryGetProperty("messages", out var messages))
        {
            return (Messages(messages, "messages", "role", "content", static role => role), line);
        }

        var converted = root.TryGetProperty("conversations", out var conversations)
            ? Messages(conversations, "conversations", "from", "value", Speaker)
            : Legacy(root);
        return (converted, Write(converted, root));
    }

    /// <summary>A line of JSONL without terminator: messages, then other properties unchanged.</summary>
    internal static byte[] Write(IReadOnlyList<RecordMessage> messages, JsonElement? others = null)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, Writing))
        {
            writer.WriteStartObject();
            WriteMessages(writer, messages);
            if (others?.TryGetProperty("metadata", out var metadata) == true)
            {
                writer.WritePropertyName("metadata");
                metadata.WriteTo(writer);
            }

            writer.WriteEndObject();
        }

        return stream.ToArray();
    }

    internal static void WriteMessages(Utf8JsonWriter writer, IReadOnlyList<RecordMessage> messages)
    {
        writer.WriteStartArray("messages");
        foreach (var (role, content) in messages)
        {
            writer.WriteStartObject();
            writer.WriteString("role", role);
            writer.WriteString("content", content);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> line)
    {
        try
        {
            return JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = 64 });
        }
        catch (JsonException exception)
        {
            throw new FormatException($"not JSON (byte {exception.BytePositionInLine})", exception);
        }
    }

    private static List<RecordMessage> Messages(JsonElement list, string property, string role, string content, Func<string, string> map)
    {
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0)
        {
            throw new FormatException($"{property} is not a non-empty list");
        }

        var messages = new List<RecordMessage>();
        foreach (var (index, entry) in list.EnumerateArray().Index())
        {
            if (entry.ValueKind != JsonValueKind.Object || Text(entry, role) is not { Length: > 0 } who || Text(entry, content) is not { } what)
            {
                throw new FormatException($"{property}[{index}] needs {role} and {content}, both strings");
            }

            messages.Add(new RecordMessage(map(who), what));
        }

        return Checked(messages);
    }

    private static List<RecordMessage> Legacy(JsonElement root)
    {
        var messages = new List<RecordMessage>();
        var (question, answer) = (Text(root, "user"), Text(root, "assistant")) switch
        {
            ({ } user, { } assistant) => (user, assistant),
            _ when Text(root, "instruction") is { } instruction && Text(root, "output") is { } output => (
                Text(root, "input") is { Length: > 0 } input ? $"{instruction}\n{input}" : instruction,
                output
            ),
            _ when Text(root, "prompt") is { } prompt && (Text(root, "completion") ?? Text(root, "response")) is { } completion => (prompt, completion),
            _ when Text(root, "question") is { } asked && (Text(root, "answer") ?? Text(root, "response")) is { } said => (
                Text(root, "context") is { Length: > 0 } context ? $"{asked}\n{context}" : asked,
                said
            ),
            _ => throw new FormatException("not a record: it has neither messages nor user and assistant"),
        };
        if (Text(root, "system") is { Length: > 0 } system)
        {
            messages.Add(new RecordMessage("system", system));
        }

        messages.Add(new RecordMessage("user", question));
        messages.Add(new RecordMessage("assistant", answer));
        return Checked(messages);
    }

    private static List<RecordMessage> Checked(List<RecordMessage> messages)
    {
        var empty = messages.FindIndex(static message => message.Role != "system" && string.IsNullOrWhiteSpace(message.Content));
        return empty < 0 ? messages : throw new FormatException($"message {empty + 1} ({messages[empty].Role}) is empty");
    }

    private static string Speaker(string name) => Speakers.GetValueOrDefault(name, name);

    private static string? Text(JsonElement element, string property)
    {
        try
        {
            return element.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException exception)
        {
            throw new FormatException($"{property} is not well-formed Unicode", exception); // an unpaired surrogate
        }
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
