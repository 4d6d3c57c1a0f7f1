using System.Text.Json;
using System.Text.Json.Nodes;
using Ilab.Engine.Serving.Inference;
using Ilab.Http.Calls;
using Ilab.Http.Json;

namespace Ilab.Http.OpenAi;

/// <summary>Reads the messages of a chat request.</summary>
internal static class MessageReader
{
    // Templates know "system"; the newer name means the same.
    private static readonly Dictionary<string, string> Roles = new()
    {
        ["system"] = "system",
        ["developer"] = "system",
        ["user"] = "user",
        ["assistant"] = "assistant",
        ["tool"] = "tool",
    };

    /// <exception cref="ProblemException">400, naming the field.</exception>
    public static IReadOnlyList<ChatMessage> Read(JsonFields request)
    {
        var messages = request.Objects("messages") ?? throw request.Missing("messages", "a list of messages");
        return messages.Count == 0 ? throw request.Wrong("messages", "a list of at least one message") : [.. messages.Select(Message)];
    }

    private static ChatMessage Message(JsonFields message)
    {
        var name = message.RequiredText("role");
        if (!Roles.TryGetValue(name, out var role))
        {
            throw message.Wrong("role", "system, developer, user, assistant or tool");
        }

        message.Refuse("audio", "models here read text");
        message.Refuse("function_call", "use tool_calls");
        var fields = new JsonObject();
        if (message.Text("name") is { } author)
        {
            fields["name"] = author;
        }

        if (role == "tool")
        {
            fields["tool_call_id"] = message.RequiredText("tool_call_id");
        }

        var calls = role == "assistant" ? ToolCalls(message) : null;
        if (calls is not null)
        {
            fields["tool_calls"] = calls;
        }

        var content = Content(message, mayBeAbsent: role == "assistant");
        return new ChatMessage(role, content, fields.Count > 0 ? fields.ToJsonString() : "");
    }

    private static string Content(JsonFields message, bool mayBeAbsent)
    {
        var at = message.PathOf("content");
        return message.Value("content") switch
        {
            null => mayBeAbsent ? message.Text("refusal") ?? "" : throw message.Missing("content", "a string or a list of parts"),
            { ValueKind: JsonValueKind.String } text => JsonFields.TextOf(text, at),
            { ValueKind: JsonValueKind.Array } parts => string.Join('\n', parts.EnumerateArray().Select((part, index) => Part(part, $"{at}[{index}]"))),
            _ => throw message.Wrong("content", "a string or a list of parts"),
        };
    }

    private static string Part(JsonElement item, string at)
    {
        var part = JsonFields.AsObject(item, at);
        var type = part.RequiredText("type");
        return type switch
        {
            "text" => part.RequiredText("text"),
            "refusal" => part.RequiredText("refusal"),
            _ => throw ProblemException.Invalid($"{at} is of the type {type}, which this model cannot read: only text is supported", at),
        };
    }

    /// <summary>The calls as templates expect them: arguments are an object there, and JSON text in the API.</summary>
    private static JsonArray? ToolCalls(JsonFields message)
    {
        if (message.Objects("tool_calls") is not { Count: > 0 } calls)
        {
            return null;
        }

        var read = new JsonArray();
        foreach (var call in calls)
        {
            var function = call.Object("function") ?? throw call.Missing("function", "an object");
            var arguments = function.Text("arguments") ?? "";
            read.Add(
                (JsonNode)
                    new JsonObject
                    {
                        ["id"] = call.RequiredText("id"),
                        ["type"] = "function",
                        ["function"] = new JsonObject { ["name"] = function.RequiredText("name"), ["arguments"] = Arguments(arguments) },
                    }
            );
        }

        return read;
    }

    /// <summary>What the model wrote as the arguments of a call.</summary>
    public static JsonNode Arguments(string text)
    {
        try
        {
            return JsonNode.Parse(text) is JsonObject arguments ? arguments : JsonValue.Create(text);
        }
        catch (JsonException)
        {
            return JsonValue.Create(text); // what the model wrote was no JSON; it reads it again as it was
        }
    }
}
