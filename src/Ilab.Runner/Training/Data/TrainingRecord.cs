using System.Text.Json;
using Ilab.Jinja;
using Ilab.Jinja.Chat;

namespace Ilab.Runner.Training.Data;

/// <summary>A parsed line of a data file: a conversation, or a prompt with its completion.</summary>
/// <param name="Shape">The record format, by its keys.</param>
/// <param name="Conversation">Null = plain text.</param>
/// <param name="IsLearned">For each message of the conversation, whether it is trained on.</param>
/// <param name="Given">Text without loss.</param>
/// <param name="Learned">Text with loss.</param>
internal sealed record TrainingRecord(string Shape, ChatInput? Conversation, IReadOnlyList<bool> IsLearned, string Given, string Learned)
{
    /// <summary>Text of any length, which is cut into pieces, not cut off.</summary>
    public bool IsText => Shape == "text" || IsPretraining;

    public bool IsAnswerLast => Conversation is { } conversation && RoleOf(conversation.Messages[^1]) == "assistant";

    private bool IsPretraining { get; init; }

    /// <exception cref="FormatException">Describes the problem, without the line number.</exception>
    public static TrainingRecord Parse(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException("not a JSON object");
        }

        if (json.TryGetProperty("messages", out var messages))
        {
            return OfMessages(json, messages);
        }

        if (json.TryGetProperty("instruction", out _))
        {
            var input = Text(json, "input", optional: true);
            return Dialogue("instruction", "", input.Length > 0 ? $"{Text(json, "instruction")}\n\n{input}" : Text(json, "instruction"), Text(json, "output"));
        }

        if (json.TryGetProperty("prompt", out _))
        {
            return new("prompt", null, [], Text(json, "prompt"), NotEmpty(Text(json, "completion"), "completion"));
        }

        if (json.TryGetProperty("assistant", out _))
        {
            return Dialogue("user", Text(json, "system", optional: true), Text(json, "user"), Text(json, "assistant"));
        }

        return json.TryGetProperty("text", out _)
            ? new("text", null, [], "", NotEmpty(Text(json, "text"), "text"))
            : throw new FormatException("none of the keys messages, instruction, prompt, text is present");
    }

    private static TrainingRecord Dialogue(string shape, string system, string user, string assistant)
    {
        List<object?> messages = [ChatJson.Message("user", user), ChatJson.Message("assistant", NotEmpty(assistant, "the answer"))];
        if (system.Length > 0)
        {
            messages.Insert(0, ChatJson.Message("system", system));
        }

        return new(shape, new ChatInput { Messages = messages }, [.. messages.Select(static message => RoleOf(message) == "assistant")], "", "");
    }

    private static TrainingRecord OfMessages(JsonElement json, JsonElement messages)
    {
        if (messages.ValueKind != JsonValueKind.Array || messages.GetArrayLength() == 0)
        {
            throw new FormatException("messages is not a non-empty list");
        }

        var all = json.TryGetProperty("unmask", out var unmask) && unmask.ValueKind == JsonValueKind.True;
        var (list, learned) = (new List<object?>(), new List<bool>());
        foreach (var message in messages.EnumerateArray())
        {
            var at = $"message {list.Count + 1}";
            if (message.ValueKind != JsonValueKind.Object)
            {
                throw new FormatException($"{at} is not an object");
            }

            var role = Text(message, "role");
            Text(message, "content");
            list.Add(Values.FromJson(message));
            learned.Add(LearnedFlag.Of(message, at) ?? (role is "assistant" or "pretraining" || (all && role != "system")));
        }

        if (list.Exists(static message => RoleOf(message) == "pretraining"))
        {
            var text = string.Join("\n", messages.EnumerateArray().Select(static message => Text(message, "content")));
            return new("messages", null, [], "", NotEmpty(text, "content")) { IsPretraining = true };
        }

        return learned.Contains(true)
            ? new("messages", InputOf(json, list), learned, "", "")
            : throw new FormatException("there is no assistant message to train on");
    }

    /// <summary>The conversation with what the record gives to the template beside it.</summary>
    private static ChatInput InputOf(JsonElement json, List<object?> messages) =>
        ChatJson.Conversation(messages, Json(json, "tools"), Json(json, "documents"), Json(json, "chat_template_kwargs"));

    private static string Json(JsonElement json, string key) => json.TryGetProperty(key, out var value) ? ChatJson.TextOf(value) : "";

    private static string RoleOf(object? message) => message is IDictionary<string, object?> mapping ? mapping["role"] as string ?? "" : "";

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
