using System.Text.Json;
using System.Text.Json.Nodes;
using Ilab.Engine.Serving.Inference;
using Ilab.Http.Calls;
using Ilab.Http.Json;
using Ilab.Http.OpenAi;

namespace Ilab.Http.Responses;

/// <summary>Reads the items of a conversation, and makes messages of them.</summary>
internal static class ItemReader
{
    private static readonly Dictionary<string, string> Roles = new()
    {
        ["system"] = "system",
        ["developer"] = "system",
        ["user"] = "user",
        ["assistant"] = "assistant",
    };

    /// <summary>The items of a request, each with an id.</summary>
    /// <exception cref="ProblemException">400, naming the field.</exception>
    public static JsonArray Read(JsonFields request)
    {
        JsonArray items = request.Value("input") switch
        {
            null => throw request.Missing("input", "a string or a list of items"),
            { ValueKind: JsonValueKind.String } text => [Message("user", JsonFields.TextOf(text, "input"))],
            { ValueKind: JsonValueKind.Array } list => [.. list.EnumerateArray().Select(static item => (JsonNode)Checked(item))],
            _ => throw request.Wrong("input", "a string or a list of items"),
        };
        _ = Messages(Fields(items));
        return [.. items.Select(static item => (JsonNode)StoredItem.Of(item!.AsObject()))];
    }

    /// <summary>The messages that items are for the model's template. Calls belong to the message before them.</summary>
    /// <exception cref="ProblemException">400, naming the field.</exception>
    public static IReadOnlyList<ChatMessage> Messages(IEnumerable<JsonFields> items)
    {
        var messages = new List<(string Role, string Content, JsonObject Fields)>();
        foreach (var item in items)
        {
            switch (item.Text("type") ?? "message")
            {
                case "message":
                    messages.Add((RoleOf(item), ContentOf(item, "content"), []));
                    break;
                case "function_call":
                    if (messages is not [.., { Role: "assistant" }])
                    {
                        messages.Add(("assistant", "", []));
                    }

                    var fields = messages[^1].Fields;
                    fields["tool_calls"] ??= new JsonArray();
                    fields["tool_calls"]!.AsArray().Add((JsonNode)CallOf(item));
                    break;
                case "function_call_output":
                    messages.Add(("tool", ContentOf(item, "output"), new JsonObject { ["tool_call_id"] = item.RequiredText("call_id") }));
                    break;
                case "reasoning":
                    break; // templates leave out what a model thought before its last answers
                case var type:
                    throw ProblemException.Invalid(
                        $"{item.PathOf("type")} {type} is not supported: only messages, function calls and their output are",
                        item.PathOf("type")
                    );
            }
        }

        return [.. messages.Select(static one => new ChatMessage(one.Role, one.Content, one.Fields.Count > 0 ? one.Fields.ToJsonString() : ""))];
    }

    /// <summary>Stored or checked items, as they are read.</summary>
    public static IEnumerable<JsonFields> Fields(JsonArray items)
    {
        var element = JsonSerializer.SerializeToElement(items, JsonText.Relaxed);
        return element.EnumerateArray().Select(static (item, index) => JsonFields.AsObject(item, $"input[{index}]"));
    }

    private static JsonObject Message(string role, string text) =>
        new()
        {
            ["id"] = NewId("msg"),
            ["type"] = "message",
            ["status"] = "completed",
            ["role"] = role,
            ["content"] = new JsonArray(new JsonObject { ["type"] = "input_text", ["text"] = text }),
        };

    private static JsonObject Checked(JsonElement item)
    {
        if (item.ValueKind != JsonValueKind.Object)
        {
            throw ProblemException.Invalid("input must be a string or a list of items", "input");
        }

        JsonObject read;
        try
        {
            read = JsonNode.Parse(item.GetRawText(), documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false })!.AsObject();
        }
        catch (JsonException)
        {
            throw ProblemException.Invalid("a field of an item occurs twice", "input");
        }

        read.TryAdd("type", "message");
        if (read["id"] is null)
        {
            read["id"] = NewId(
                read["type"]?.ToString() switch
                {
                    "function_call" => "fc",
                    "function_call_output" => "fco",
                    "reasoning" => "rs",
                    _ => "msg",
                }
            );
        }

        return read;
    }

    private static string NewId(string prefix) => $"{prefix}_{Guid.NewGuid():N}";

    private static string RoleOf(JsonFields message) =>
        Roles.TryGetValue(message.RequiredText("role"), out var role) ? role : throw message.Wrong("role", "system, developer, user or assistant");

    private static string ContentOf(JsonFields item, string name)
    {
        var at = item.PathOf(name);
        return item.Value(name) switch
        {
            null => throw item.Missing(name, "a string or a list of parts"),
            { ValueKind: JsonValueKind.String } text => JsonFields.TextOf(text, at),
            { ValueKind: JsonValueKind.Array } parts => string.Join('\n', parts.EnumerateArray().Select((part, index) => Part(part, $"{at}[{index}]"))),
            _ => throw item.Wrong(name, "a string or a list of parts"),
        };
    }

    private static string Part(JsonElement item, string at)
    {
        var part = JsonFields.AsObject(item, at);
        var type = part.RequiredText("type");
        return type switch
        {
            "input_text" or "output_text" or "text" => part.RequiredText("text"),
            "refusal" => part.RequiredText("refusal"),
            _ => throw ProblemException.Invalid($"{at} is of the type {type}, which this model cannot read: only text is supported", at),
        };
    }

    private static JsonObject CallOf(JsonFields item) =>
        new()
        {
            ["id"] = item.RequiredText("call_id"),
            ["type"] = "function",
            ["function"] = new JsonObject { ["name"] = item.RequiredText("name"), ["arguments"] = MessageReader.Arguments(item.RequiredText("arguments")) },
        };
}
