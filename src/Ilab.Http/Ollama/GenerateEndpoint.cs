using Ilab.Engine.Serving.Inference;
using Ilab.Http.Calls;
using Ilab.Http.Json;

namespace Ilab.Http.Ollama;

/// <summary><c>POST /api/generate</c>.</summary>
internal static class GenerateEndpoint
{
    public static async Task HandleAsync(HttpCall call)
    {
        var body = await JsonBody.ReadAsync(call.Request, call.Parts.Options.MaxBody, call.Aborted).ConfigureAwait(false);
        var (prompt, system, raw) = (body.Text("prompt") ?? "", body.Text("system"), body.Flag("raw") ?? false);
        var context = body.Integers("context", "a list of token ids") ?? [];
        Refuse(body, raw, hasSystem: system is { Length: > 0 }, hasContext: context.Count > 0);
        var request = await AskRequest.ReadAsync(call, body).ConfigureAwait(false);
        var writer = new AnswerWriter(call, request, static (answer, text, thought) => answer with { Response = text, Thinking = thought });
        if (prompt.Length == 0)
        {
            await writer.EmptyAsync(await ModelLoading.RunAsync(call, request).ConfigureAwait(false)).ConfigureAwait(false);
            return;
        }

        if (raw)
        {
            await (
                request.RenderOnly
                    ? writer.EmptyAsync(null, new DebugInfo(prompt))
                    : writer.RunAsync(request.Generation with { Prompt = prompt }, separates: false)
            ).ConfigureAwait(false);
            return;
        }

        ChatMessage[] messages = [.. system is { Length: > 0 } ? [new ChatMessage("system", system)] : (ChatMessage[])[], new ChatMessage("user", prompt)];
        var conversation = request.Template with { Messages = messages, Before = context };
        request = request with { Generation = request.Generation with { ReturnTokens = true } };
        await ChatEndpoint.AnswerAsync(call, request, conversation, writer).ConfigureAwait(false);
    }

    private static void Refuse(JsonFields body, bool isRaw, bool hasSystem, bool hasContext)
    {
        if (isRaw && (hasSystem || hasContext))
        {
            throw ProblemException.Invalid("raw mode does not support template, system, or context", "raw");
        }

        body.Refuse("template", "the chat template of the model is used; raw takes a prompt as it is", "");
        body.Refuse("suffix", "models here do not support insert", "");
        if (hasContext && (body.Flag("_debug_render_only") ?? false))
        {
            throw ProblemException.Invalid("_debug_render_only shows the prompt of a request without context", "context");
        }

        body.Refuse("images", "this model does not support images", "[]");
    }
}
