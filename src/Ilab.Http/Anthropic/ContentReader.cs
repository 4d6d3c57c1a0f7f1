using System.Text.Json;
using System.Text.Json.Nodes;
using Ilab.Engine.Serving.Inference;
using Ilab.Http.Calls;
using Ilab.Http.Json;

namespace Ilab.Http.Anthropic;

/// <summary>Reads the messages of a request. One message may hold a text, calls of tools and their results; templates have a message for each.</summary>
internal static class ContentReader
{
    /// <exception cref="ProblemException">400, naming the field.</exception>
    public static List<ChatMessage> Read(JsonFields request)
    {
        var messages = new List<ChatMessage>();
        if (request.Has("system"))
        {
            messages.Add(new ChatMessage("system", Text(request, "system")));
        }

        var turns = request.Objects("messages") ?? throw request.Missing("messages", "a list of messages");
        if (turns.Count == 0)
        {
            throw request.Wrong("messages", "a list of at least one message");
        }

        messages.AddRange(Joined(turns.SelectMany(Messages)));
        return messages;
    }

    /// <summary>Texts of the same role that follow each other are one.</summary>
    private static IEnumerable<ChatMessage> Joined(IEnumerable<ChatMessage> messages)
    {
        var (role, texts) = ("", new List<string>());
        foreach (var message in messages)
        {
            var isText = message.Fields.Length == 0;
            if (texts.Count > 0 && !(isText && message.Role == role))
            {
                yield return new ChatMessage(role, string.Join('\n', texts));
                texts.Clear();
            }

            if (isText)
            {
                role = message.Role;
                texts.Add(message.Content);
            }
            else
            {
                yield return message;
            }
        }

        if (texts.Count > 0)
        {
            yield return new ChatMessage(role, string.Join('\n', texts));
        }
    }

    private static IEnumerable<ChatMessage> Messages(JsonFields turn)
    {
        var role = turn.RequiredText("role");
        if (role is not ("user" or "assistant"))
        {
            throw turn.Wrong("role", "user or assistant");
        }

        if (turn.Value("content") is { ValueKind: JsonValueKind.String } text)
        {
            return [new ChatMessage(role, JsonFields.TextOf(text, turn.PathOf("content")))];
        }

        var blocks = turn.Objects("content") ?? throw turn.Missing("content", "a string or a list of blocks");
        var (texts, calls, results) = (new List<string>(), new JsonArray(), new List<ChatMessage>());
        foreach (var block in blocks)
        {
            switch (block.RequiredText("type"))
            {
                case "text":
                    texts.Add(block.RequiredText("text"));
                    break;
                case "tool_use" when role == "assistant":
                    calls.Add((JsonNode)Call(block));
                    break;
                case "tool_result" when role == "user":
                    var fields = new JsonObject { ["tool_call_id"] = block.RequiredText("tool_use_id") };
                    results.Add(new ChatMessage("tool", block.Has("content") ? Text(block, "content") : "", fields.ToJsonString()));
                    break;
                case "thinking" or "redacted_thinking" when role == "assistant":
                    break; // templates leave out what was thought in earlier turns
                case var type:
                    throw ProblemException.Invalid(
                        $"{block.PathOf("type")} {type} is not supported in a message of the {role}: this model reads text",
                        block.PathOf("type")
                    );
            }
        }

        var said = new ChatMessage(role, string.Join('\n', texts), calls.Count > 0 ? new JsonObject { ["tool_calls"] = calls }.ToJsonString() : "");
        return results.Count > 0 && texts.Count == 0 ? results : [.. results, said];
    }

    private static JsonObject Call(JsonFields block) =>
        new()
        {
            ["id"] = block.RequiredText("id"),
            ["type"] = "function",
            ["function"] = new JsonObject
            {
                ["name"] = block.RequiredText("name"),
                ["arguments"] = JsonNode.Parse((block.Object("input") ?? throw block.Missing("input", "an object")).Element.GetRawText()),
            },
        };

    /// <summary>A string, or a list of text blocks.</summary>
    private static string Text(JsonFields fields, string name)
    {
        if (fields.Value(name) is { ValueKind: JsonValueKind.String } text)
        {
            return JsonFields.TextOf(text, fields.PathOf(name));
        }

        var blocks = fields.Objects(name) ?? [];
        return string.Join(
            '\n',
            blocks.Select(static block =>
                block.RequiredText("type") == "text" ? block.RequiredText("text") : throw block.Wrong("type", "text: this model reads nothing else")
            )
        );
    }
}
