using System.Globalization;
using System.Text.Json;

namespace Ilab.Jinja.Chat;

/// <summary>Reads the parts of a conversation that callers give as JSON.</summary>
public static class ChatJson
{
    /// <summary>The variable that fixes the clock of <c>strftime_now</c>: a date and a time.</summary>
    public const string ClockVariable = "strftime_now";

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    /// <summary>What a template renders.</summary>
    /// <param name="messages">Messages as in <see cref="Message"/>.</param>
    /// <param name="tools">A JSON list; empty = none were given.</param>
    /// <param name="documents">A JSON list; empty = none were given.</param>
    /// <param name="variables">A JSON object; empty = none.</param>
    /// <exception cref="FormatException">One of them is not what it must be.</exception>
    public static ChatInput Conversation(IReadOnlyList<object?> messages, string tools, string documents, string variables)
    {
        var values = Mapping(variables, "the variables").ToDictionary();
        var clock = Clock(values);
        values.Remove(ClockVariable);
        return new ChatInput
        {
            Messages = messages,
            Tools = List(tools, "tools"),
            Documents = List(documents, "documents"),
            Variables = values,
            Clock = clock,
        };
    }

    /// <summary>A message as templates get it.</summary>
    /// <param name="fields">A JSON object whose keys are added to the message and replace <paramref name="role"/> and <paramref name="content"/>; empty =
    /// none.</param>
    /// <exception cref="FormatException">It is not a JSON object.</exception>
    public static OrderedDictionary<string, object?> Message(string role, string content, string fields = "")
    {
        var message = new OrderedDictionary<string, object?> { ["role"] = role, ["content"] = content };
        foreach (var (key, value) in Mapping(fields, "the fields of a message"))
        {
            message[key] = value;
        }

        return message;
    }

    /// <summary>A value of a record as JSON text: files often hold it as a text in which it stands.</summary>
    /// <returns>Empty for null.</returns>
    public static string TextOf(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!,
            JsonValueKind.Null => "",
            _ => value.GetRawText(),
        };

    /// <param name="json">A JSON list; empty = none.</param>
    /// <param name="what">Names it in errors.</param>
    /// <returns>Null if none were given.</returns>
    /// <exception cref="FormatException">It is not a JSON list.</exception>
    private static object? List(string json, string what)
    {
        if (json.Length == 0)
        {
            return null;
        }

        return Parse(json, what) is List<object?> list ? list : throw new FormatException($"{what} must be a JSON list");
    }

    /// <param name="json">A JSON object; empty = an empty one.</param>
    /// <param name="what">Names it in errors.</param>
    /// <exception cref="FormatException">It is not a JSON object.</exception>
    private static IReadOnlyDictionary<string, object?> Mapping(string json, string what)
    {
        if (json.Length == 0)
        {
            return new Dictionary<string, object?>();
        }

        return Parse(json, what) as OrderedDictionary<string, object?> ?? throw new FormatException($"{what} must be a JSON object");
    }

    private static TimeProvider? Clock(Dictionary<string, object?> variables)
    {
        if (!variables.TryGetValue(ClockVariable, out var value) || value is null)
        {
            return null;
        }

        return value is string text && DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            ? new FixedClock(new DateTimeOffset(DateTime.SpecifyKind(time, DateTimeKind.Utc)))
            : throw new FormatException($"{ClockVariable} must be a date and time, such as \"2026-01-31 12:00:00\"");
    }

    private static object? Parse(string json, string what)
    {
        try
        {
            using var document = JsonDocument.Parse(json, Strict);
            return Values.FromJson(document.RootElement);
        }
        catch (JsonException exception)
        {
            throw new FormatException($"{what} is not valid JSON (byte {exception.BytePositionInLine + 1})", exception);
        }
    }

    private sealed class FixedClock(DateTimeOffset now) : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => now;
    }
}
