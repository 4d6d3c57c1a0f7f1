using System.Text.Json;

namespace Ilab.Runner.Training.Data;

/// <summary>A parsed line of a data file: a conversation, or a prompt with its completion.</summary>
/// <param name="Shape">The record format, by its keys.</param>
/// <param name="Messages">Null = plain text.</param>
/// <param name="Given">Text without loss.</param>
/// <param name="Learned">Text with loss.</param>
/// <param name="Unmask">Train on all tokens, as in pre-training.</param>
internal sealed record TrainingRecord(string Shape, IReadOnlyList<(string Role, string Content)>? Messages, string Given, string Learned, bool Unmask)
{
    /// <summary>Text of any length, which is cut into pieces, not cut off.</summary>
    public bool IsText => Messages?.All(static message => message.Role == "pretraining") ?? Shape == "text";

    private static readonly string[] Roles = ["system", "user", "assistant", "tool", "pretraining"];

    /// <exception cref="FormatException">Describes the problem, without the line number.</exception>
    public static TrainingRecord Parse(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException("not a JSON object");
        }

        if (json.TryGetProperty("messages", out var messages))
        {
            return new("messages", Conversation(messages), "", "", json.TryGetProperty("unmask", out var unmask) && unmask.ValueKind == JsonValueKind.True);
        }

        if (json.TryGetProperty("instruction", out _))
        {
            var input = Text(json, "input", optional: true);
            return Dialogue("instruction", "", input.Length > 0 ? $"{Text(json, "instruction")}\n\n{input}" : Text(json, "instruction"), Text(json, "output"));
        }

        if (json.TryGetProperty("prompt", out _))
        {
            return new("prompt", null, Text(json, "prompt"), NotEmpty(Text(json, "completion"), "completion"), false);
        }

        if (json.TryGetProperty("assistant", out _))
        {
            return Dialogue("user", Text(json, "system", optional: true), Text(json, "user"), Text(json, "assistant"));
        }

        return json.TryGetProperty("text", out _)
            ? new("text", null, "", NotEmpty(Text(json, "text"), "text"), true)
            : throw new FormatException("none of the keys messages, instruction, prompt, text is present");
    }

    private static TrainingRecord Dialogue(string shape, string system, string user, string assistant)
    {
        List<(string, string)> messages = [("user", user), ("assistant", NotEmpty(assistant, "the answer"))];
        if (system.Length > 0)
        {
            messages.Insert(0, ("system", system));
        }

        return new(shape, messages, "", "", false);
    }

    private static List<(string Role, string Content)> Conversation(JsonElement messages)
    {
        if (messages.ValueKind != JsonValueKind.Array || messages.GetArrayLength() == 0)
        {
            throw new FormatException("messages is not a non-empty list");
        }

        var list = new List<(string Role, string Content)>();
        foreach (var message in messages.EnumerateArray())
        {
            var at = $"message {list.Count + 1}";
            if (message.ValueKind != JsonValueKind.Object)
            {
                throw new FormatException($"{at} is not an object");
            }

            var role = Text(message, "role");
            if (!Roles.Contains(role))
            {
                throw new FormatException($"{at} has the role {role}, expected one of {string.Join(", ", Roles)}");
            }

            list.Add((role, Text(message, "content")));
        }

        return list.Exists(static message => message is { Role: "assistant" or "pretraining", Content.Length: > 0 })
            ? list
            : throw new FormatException("there is no assistant message to train on");
    }

    private static string NotEmpty(string text, string name) => text.Length > 0 ? text : throw new FormatException($"{name} is empty");

    private static string Text(JsonElement json, string key, bool optional = false)
    {
        if (!json.TryGetProperty(key, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return optional ? "" : throw new FormatException($"{key} is missing");
        }

        return value.ValueKind == JsonValueKind.String ? value.GetString()! : throw new FormatException($"{key} is not a string");
    }
}
