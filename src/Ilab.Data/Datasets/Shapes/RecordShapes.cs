using System.Text.Json.Nodes;

namespace Ilab.Data.Datasets.Shapes;

/// <summary>
/// The shapes of records: <c>messages</c>; <c>conversations</c> (ShareGPT) with <c>system</c>; <c>instruction</c>, <c>input</c>, <c>output</c> (Alpaca) with
/// <c>system</c> and <c>history</c>; <c>user</c> and <c>assistant</c>; <c>prompt</c> and <c>completion</c>; <c>question</c> and <c>answer</c>; <c>text</c>.
/// </summary>
internal static class RecordShapes
{
    /// <exception cref="FormatException">Describes the problem.</exception>
    public static ShapedRecord Read(JsonObject root, bool keepsPlain)
    {
        if (root.ContainsKey("chosen") || root.ContainsKey("rejected"))
        {
            throw new FormatException("chosen and rejected make a preference pair, which training does not use: keep the chosen answer alone, as completion");
        }

        if (root.ContainsKey("messages"))
        {
            var (messages, isStored) = MessageList.Read(root["messages"], "messages");
            return Done(root, messages, ["messages"], isStored);
        }

        if (root.ContainsKey("conversations"))
        {
            return Done(root, WithSystem(root, MessageList.Read(root["conversations"], "conversations").Messages), ["conversations", "system"], false);
        }

        if (Text(root, "text") is { } text && Text(root, "prompt") is null)
        {
            return keepsPlain ? Plain(root, text) : Pretraining(root, text);
        }

        return Single(root, keepsPlain);
    }

    private static ShapedRecord Single(JsonObject root, bool keepsPlain)
    {
        var (keys, question, answer) = root switch
        {
            _ when Text(root, "user") is { } user && Text(root, "assistant") is { } assistant => (["user", "assistant"], user, assistant),
            _ when Text(root, "instruction") is { } instruction && Text(root, "output") is { } output => (
                (string[])["instruction", "input", "output", "history"],
                Text(root, "input") is { Length: > 0 } input ? $"{instruction}\n{input}" : instruction,
                output
            ),
            _ when Text(root, "prompt") is { } prompt && Text(root, "completion") is { } completion => (["prompt", "completion"], prompt, completion),
            _ when Text(root, "prompt") is { } prompt && Text(root, "response") is { } response => (["prompt", "response"], prompt, response),
            _ when Text(root, "question") is { } asked && (Text(root, "answer") ?? Text(root, "response")) is { } said => (
                ["question", Text(root, "answer") is null ? "response" : "answer", "context"],
                Text(root, "context") is { Length: > 0 } context ? $"{asked}\n{context}" : asked,
                said
            ),
            _ => throw new FormatException($"not a record: it has neither messages nor user and assistant, but {Shown(root)}"),
        };
        if (keepsPlain && keys is ["prompt", "completion"])
        {
            return answer.Length > 0 ? Plain(root, question, answer) : throw new FormatException("completion is empty");
        }

        var messages = new JsonArray();
        if (keys.Contains("history"))
        {
            History(root["history"], messages);
        }

        messages.Add(Message(RoleNames.User, question));
        messages.Add(Message(RoleNames.Assistant, answer));
        return Done(root, WithSystem(root, messages), [.. keys, "system"], false);
    }

    private static void History(JsonNode? history, JsonArray messages)
    {
        if (history is null)
        {
            return;
        }

        var turns = history as JsonArray ?? throw new FormatException("history is not a list of pairs");
        foreach (var (index, turn) in turns.Index())
        {
            if (turn is not JsonArray { Count: 2 } pair || MessageList.TextOf(pair[0]) is not { } said || MessageList.TextOf(pair[1]) is not { } answered)
            {
                throw new FormatException($"history[{index}] is not a pair of texts");
            }

            messages.Add(Message(RoleNames.User, said));
            messages.Add(Message(RoleNames.Assistant, answered));
        }
    }

    private static JsonArray WithSystem(JsonObject root, JsonArray messages)
    {
        if (Text(root, "system") is not { Length: > 0 } system)
        {
            return root["system"] is { } other && MessageList.TextOf(other) is null ? throw new FormatException("system is not a text") : messages;
        }

        if (messages[0]!["role"]!.GetValue<string>() == RoleNames.System)
        {
            throw new FormatException("it has a system text beside its messages and another as its first message: keep one of them");
        }

        messages.Insert(0, Message(RoleNames.System, system));
        return messages;
    }

    private static ShapedRecord Done(JsonObject root, JsonArray messages, string[] used, bool isStored)
    {
        RecordMessage[] said =
        [
            .. messages.Select(static message => new RecordMessage(message!["role"]!.GetValue<string>(), message["content"]!.GetValue<string>())),
        ];
        foreach (var (index, message) in messages.Index())
        {
            if (said[index] is { Role: not RoleNames.System } empty && string.IsNullOrWhiteSpace(empty.Content) && message!["tool_calls"] is null)
            {
                throw new FormatException($"message {index + 1} ({empty.Role}) is empty");
            }
        }

        if (isStored)
        {
            return new ShapedRecord(said, root, true);
        }

        var json = new JsonObject { ["messages"] = messages };
        Carry(root, json, used);
        return new ShapedRecord(said, json, false);
    }

    private static ShapedRecord Plain(JsonObject root, params string[] texts) =>
        texts.All(string.IsNullOrWhiteSpace)
            ? throw new FormatException("its text is empty")
            : new ShapedRecord([new RecordMessage(RoleNames.Pretraining, string.Concat(texts))], root, true);

    private static ShapedRecord Pretraining(JsonObject root, string text)
    {
        var json = new JsonObject { ["messages"] = new JsonArray(Message(RoleNames.Pretraining, text)), ["unmask"] = true };
        Carry(root, json, ["text", "unmask"]);
        return string.IsNullOrWhiteSpace(text)
            ? throw new FormatException("text is empty")
            : new ShapedRecord([new RecordMessage(RoleNames.Pretraining, text)], json, false);
    }

    private static void Carry(JsonObject root, JsonObject json, string[] used)
    {
        foreach (var (key, value) in root.Where(pair => !used.Contains(pair.Key) && !json.ContainsKey(pair.Key)))
        {
            json[key] = value?.DeepClone();
        }
    }

    private static JsonObject Message(string role, string content) => new() { ["role"] = role, ["content"] = content };

    private static string? Text(JsonObject root, string key) => MessageList.TextOf(root[key]);

    private static string Shown(JsonObject root) => root.Count == 0 ? "no keys" : string.Join(", ", root.Select(static pair => pair.Key).Take(8));
}
