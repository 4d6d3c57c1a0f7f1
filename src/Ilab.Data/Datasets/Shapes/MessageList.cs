using System.Text.Json;
using System.Text.Json.Nodes;

namespace Ilab.Data.Datasets.Shapes;

/// <summary>Reads lists of messages: <c>role</c> and <c>content</c>, or <c>from</c> and <c>value</c>; content as a text or as a list of text parts.</summary>
internal static class MessageList
{
    /// <param name="list">The list as the record has it.</param>
    /// <param name="property">Its key, for messages.</param>
    /// <returns>The messages in their stored form with what else they carry, and whether they were in that form already.</returns>
    /// <exception cref="FormatException">Describes the problem.</exception>
    public static (JsonArray Messages, bool IsStored) Read(JsonNode? list, string property)
    {
        if (list is not JsonArray { Count: > 0 } entries)
        {
            throw new FormatException($"{property} is not a non-empty list");
        }

        var (messages, isStored) = (new JsonArray(), property == "messages");
        foreach (var (index, entry) in entries.Index())
        {
            var place = $"{property}[{index}]";
            var message = entry as JsonObject ?? throw new FormatException($"{place} is not an object");
            var (role, isRole) = Member(message, "role", "from", place);
            var (content, isContent) = Content(message, place);
            var canonical = RoleNames.Canonical(role, place);
            if (isRole && isContent && canonical == role)
            {
                messages.Add(message.DeepClone());
                continue;
            }

            isStored = false;
            var stored = new JsonObject { ["role"] = canonical, ["content"] = content };
            foreach (var (key, value) in message.Where(static pair => pair.Key is not ("role" or "from" or "content" or "value")))
            {
                stored[key] = value?.DeepClone();
            }

            messages.Add(stored);
        }

        return (messages, isStored);
    }

    private static (string Text, bool IsFirst) Member(JsonObject message, string first, string second, string place) =>
        TextOf(message[first]) is { Length: > 0 } text ? (text, true)
        : TextOf(message[second]) is { Length: > 0 } other ? (other, false)
        : throw new FormatException($"{place} needs role and content, or from and value, all of them texts");

    /// <summary>A message that calls tools has no content, which is stored as an empty text.</summary>
    private static (string Text, bool IsStored) Content(JsonObject message, string place)
    {
        var hasContent = message.TryGetPropertyValue("content", out var value);
        value ??= hasContent ? null : message["value"];
        return value switch
        {
            null when message["tool_calls"] is JsonArray { Count: > 0 } => ("", false),
            JsonArray parts => (string.Concat(parts.Select((part, index) => Part(part, $"{place}.content[{index}]"))), false),
            _ => TextOf(value) is { } text
                ? (text, hasContent)
                : throw new FormatException($"{place} needs role and content, or from and value, all of them texts"),
        };
    }

    private static string Part(JsonNode? part, string place)
    {
        if (TextOf(part) is { } plain)
        {
            return plain;
        }

        var type = TextOf((part as JsonObject)?["type"]);
        return type is "text" && TextOf(part!["text"]) is { } text
            ? text
            : throw new FormatException($"{place} is {(type is null ? "not a text part" : $"of type {type}")}: only text can be trained on");
    }

    internal static string? TextOf(JsonNode? node) => node?.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : null;
}
