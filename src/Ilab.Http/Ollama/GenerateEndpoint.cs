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
        Refuse(body, raw && system is { Length: > 0 });
        var request = await AskRequest.ReadAsync(call, body).ConfigureAwait(false);
        var writer = new AnswerWriter(call, request, static (answer, text) => answer with { Response = text });
        if (prompt.Length == 0)
        {
            await writer.EmptyAsync(await ModelLoading.RunAsync(call, request).ConfigureAwait(false)).ConfigureAwait(false);
            return;
        }

        if (raw)
        {
            await (
                request.RenderOnly ? writer.EmptyAsync(null, new DebugInfo(prompt)) : writer.RunAsync(request.Generation with { Prompt = prompt })
            ).ConfigureAwait(false);
            return;
        }

        ChatMessage[] messages = [.. system is { Length: > 0 } ? [new ChatMessage("system", system)] : (ChatMessage[])[], new ChatMessage("user", prompt)];
        await ChatEndpoint.AnswerAsync(call, request, request.Template with { Messages = messages }, writer).ConfigureAwait(false);
    }

    private static void Refuse(JsonFields body, bool isRawWithSystem)
    {
        if (isRawWithSystem)
        {
            throw ProblemException.Invalid("raw mode does not support template, system, or context", "raw");
        }

        body.Refuse("template", "the chat template of the model is used; raw takes a prompt as it is", "");
        body.Refuse("suffix", "models here do not support insert", "");
        body.Refuse("context", "it is deprecated: use /api/chat", "[]");
        body.Refuse("images", "this model does not support images", "[]");
    }
}
