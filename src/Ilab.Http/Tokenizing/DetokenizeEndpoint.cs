using System.Text;
using System.Text.Json.Nodes;
using Ilab.Engine.Serving.Models;
using Ilab.Http.Calls;
using Ilab.Http.Json;

namespace Ilab.Http.Tokenizing;

/// <summary><c>POST /detokenize</c>: the text of tokens, special ones included, as <c>content</c> (llama-server) and as <c>prompt</c> (vLLM).</summary>
internal static class DetokenizeEndpoint
{
    public static async Task HandleAsync(HttpCall call)
    {
        var body = await JsonBody.ReadAsync(call.Request, call.Parts.Options.MaxBody, call.Aborted).ConfigureAwait(false);
        const string What = "a list of token ids";
        var tokens = body.Integers("tokens", What) ?? throw body.Missing("tokens", What);
        var model = await ModelChoice.OfAsync(call, body).ConfigureAwait(false);
        var settings = new LoadSettings { Owner = await call.Access.ShareAsync(call.Aborted).ConfigureAwait(false) };
        var text = await call.Parts.Inference.DetokenizeAsync(model, tokens, settings, call.Aborted).ConfigureAwait(false);
        var content = Encoding.UTF8.GetString(text.Span);
        var answer = new JsonObject { ["content"] = content, ["prompt"] = content };
        await Answers.WriteJsonAsync(call, Encoding.UTF8.GetBytes(answer.ToJsonString(JsonText.Relaxed))).ConfigureAwait(false);
    }
}
