using System.Text.Json;
using System.Text.Json.Nodes;
using Ilab.Engine.Serving.Inference;
using Ilab.Http.Calls;
using Ilab.Http.Json;

namespace Ilab.Http.Ollama;

/// <summary><c>POST /api/chat</c>.</summary>
internal static class ChatEndpoint
{
    private static readonly string[] Roles = ["system", "user", "assistant", "tool"];

    public static async Task HandleAsync(HttpCall call)
    {
        var body = await JsonBody.ReadAsync(call.Request, call.Parts.Options.MaxBody, call.Aborted).ConfigureAwait(false);
        ChatMessage[] messages = [.. (body.Objects("messages") ?? []).Select(Message)];
        var tools = body.Objects("tools") ?? [];
        foreach (var tool in tools)
        {
            _ = (tool.Object("function") ?? throw tool.Missing("function", "an object")).RequiredText("name");
        }

        var request = await AskRequest.ReadAsync(call, body).ConfigureAwait(false);
        var writer = new AnswerWriter(call, request, static (answer, text, thought) => answer with { Message = new AnswerMessage("assistant", text, thought) });
        if (messages.Length == 0)
        {
            await writer.EmptyAsync(await ModelLoading.RunAsync(call, request).ConfigureAwait(false)).ConfigureAwait(false);
            return;
        }

        var conversation = request.Template with { Messages = messages, Tools = tools.Count > 0 ? body.Value("tools")!.Value.GetRawText() : "" };
        await AnswerAsync(call, request, conversation, writer).ConfigureAwait(false);
    }

    /// <summary>Answers a conversation, or shows the prompt that it becomes.</summary>
    public static async Task AnswerAsync(HttpCall call, AskRequest request, Conversation conversation, AnswerWriter writer)
    {
        if (!request.RenderOnly)
        {
            await writer.RunAsync(request.Generation with { Conversation = conversation }, request.Separates).ConfigureAwait(false);
            return;
        }

        var settings = request.Load with { Owner = await call.Access.ShareAsync(call.Aborted).ConfigureAwait(false) };
        var prompt = await call
            .Parts.Inference.RenderAsync(request.Selection, conversation, isAnswered: true, isTokenized: false, settings, call.Aborted)
            .ConfigureAwait(false);
        await writer.EmptyAsync(null, new DebugInfo(prompt.Text)).ConfigureAwait(false);
    }

    private static ChatMessage Message(JsonFields message)
    {
        var role = message.RequiredText("role").ToLowerInvariant();
        if (!Roles.Contains(role))
        {
            throw message.Wrong("role", string.Join(", ", Roles));
        }

        message.Refuse("images", "this model does not support images", "[]");
        var fields = new JsonObject();
        if (message.Text("tool_name") is { Length: > 0 } name)
        {
            fields["name"] = name;
        }

        if (message.Text("tool_call_id") is { Length: > 0 } id)
        {
            fields["tool_call_id"] = id;
        }

        if (message.Objects("tool_calls") is { Count: > 0 } calls)
        {
            fields["tool_calls"] = new JsonArray([.. calls.Select(ToolCall)]);
        }

        if (message.Text("thinking") is { Length: > 0 } thinking)
        {
            fields["reasoning_content"] = thinking; // where templates look for it
        }

        return new ChatMessage(role, message.Text("content") ?? "", fields.Count > 0 ? fields.ToJsonString() : "");
    }

    private static JsonObject ToolCall(JsonFields call)
    {
        var function = call.Object("function") ?? throw call.Missing("function", "an object");
        var arguments = function.Object("arguments")?.Element ?? JsonDocument.Parse("{}").RootElement;
        var read = new JsonObject
        {
            ["type"] = "function",
            ["function"] = new JsonObject { ["name"] = function.RequiredText("name"), ["arguments"] = JsonObject.Create(arguments) },
        };
        if (call.Text("id") is { } id)
        {
            read["id"] = id;
        }

        return read;
    }
}
