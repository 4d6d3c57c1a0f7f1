using System.Text.Json;

namespace Ilab.Data.Datasets.Shapes;

/// <summary>
/// Recognizes records that are messages in their stored form already, which most are. They are kept byte for byte, so no tree has to be built that could be
/// changed.
/// </summary>
internal static class StoredForm
{
    /// <param name="line">One JSON object that passed <see cref="WellFormed"/>.</param>
    /// <exception cref="FormatException">It is one, but a training would refuse it.</exception>
    /// <returns>The messages; null if the record has another shape or a mistake, which <see cref="RecordShapes"/> tells.</returns>
    public static IReadOnlyList<RecordMessage>? Recognize(ReadOnlyMemory<byte> line)
    {
        try
        {
            using var document = JsonDocument.Parse(line, RecordFormat.Strict);
            if (document.RootElement.ValueKind != JsonValueKind.Object || MessagesOf(document.RootElement) is not { } messages)
            {
                return null;
            }

            TrainingKeys.Check(document.RootElement);
            return messages;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static RecordMessage[]? MessagesOf(JsonElement root)
    {
        var list = default(JsonElement);
        foreach (var property in root.EnumerateObject())
        {
            if (property.NameEquals("chosen"u8) || property.NameEquals("rejected"u8))
            {
                return null;
            }

            list = property.NameEquals("messages"u8) ? property.Value : list;
        }

        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0)
        {
            return null;
        }

        var messages = new RecordMessage[list.GetArrayLength()];
        foreach (var (index, entry) in list.EnumerateArray().Index())
        {
            if (MessageOf(entry) is not { } message)
            {
                return null;
            }

            messages[index] = message;
        }

        return messages;
    }

    private static RecordMessage? MessageOf(JsonElement entry)
    {
        if (entry.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        var (role, content, callsTools) = (default(string), default(string), false);
        foreach (var property in entry.EnumerateObject())
        {
            if (property.NameEquals("role"u8))
            {
                role = RoleOf(property.Value);
            }
            else if (property.NameEquals("content"u8))
            {
                content = property.Value.ValueKind == JsonValueKind.String ? property.Value.GetString() : null;
            }
            else if (property.NameEquals("tool_calls"u8))
            {
                callsTools = property.Value.ValueKind != JsonValueKind.Null;
            }
        }

        var isComplete = role is not null && content is not null && (role == RoleNames.System || callsTools || !string.IsNullOrWhiteSpace(content));
        return isComplete ? new RecordMessage(role!, content!) : null;
    }

    /// <returns>One text per role, however many messages have it; null if it is none of the stored names.</returns>
    private static string? RoleOf(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.String)
        {
            foreach (var role in RoleNames.Stored)
            {
                if (value.ValueEquals(role))
                {
                    return role;
                }
            }
        }

        return null;
    }
}
