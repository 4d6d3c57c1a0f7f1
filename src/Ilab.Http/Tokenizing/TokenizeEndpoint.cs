using System.Text;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using Ilab.Engine.Serving.Generation;
using Ilab.Engine.Serving.Inference;
using Ilab.Engine.Serving.Models;
using Ilab.Http.Calls;
using Ilab.Http.Json;
using Ilab.Http.OpenAi;

namespace Ilab.Http.Tokenizing;

/// <summary>
/// <c>POST /tokenize</c>: of a text as llama-server reads it (<c>content</c>), or of a text or a conversation as vLLM does (<c>prompt</c>, <c>messages</c>).
/// </summary>
internal static class TokenizeEndpoint
{
    public static async Task HandleAsync(HttpCall call)
    {
        var body = await JsonBody.ReadAsync(call.Request, call.Parts.Options.MaxBody, call.Aborted).ConfigureAwait(false);
        if (new[] { "content", "prompt", "messages" }.Count(body.Has) != 1)
        {
            throw body.Missing("content", "a string; or prompt or messages instead");
        }

        var isPieces = body.Flag("with_pieces") ?? false;
        var read = Reader(body);
        var model = await ModelChoice.OfAsync(call, body).ConfigureAwait(false);
        var settings = new LoadSettings { Owner = await call.Access.ShareAsync(call.Aborted).ConfigureAwait(false) };
        var tokens = await read(call, model, settings).ConfigureAwait(false);
        var answer = body.Has("content") ? OfServer(tokens, isPieces) : await OfVllmAsync(call, model, body, tokens).ConfigureAwait(false);
        await Answers.WriteJsonAsync(call, Encoding.UTF8.GetBytes(answer.ToJsonString(JsonText.Relaxed))).ConfigureAwait(false);
    }

    private static Func<HttpCall, ModelSelection, LoadSettings, Task<TokenizedText>> Reader(JsonFields body)
    {
        if (body.Has("messages"))
        {
            var isContinued = body.Flag("continue_final_message") ?? false;
            var isAnswered = body.Flag("add_generation_prompt") ?? !isContinued;
            if (isContinued && isAnswered)
            {
                throw ProblemException.Invalid("continue_final_message excludes add_generation_prompt", "continue_final_message");
            }

            body.Refuse("add_special_tokens", "the template says which tokens there are", "false");
            body.Refuse("chat_template", "the model's template is used");
            var conversation = new Conversation
            {
                Messages = MessageReader.Read(body),
                Tools = ToolReader.Read(body),
                Variables = body.Object("chat_template_kwargs")?.Element.GetRawText() ?? "",
                ContinueLast = isContinued,
            };
            return async (call, model, settings) =>
                (
                    await call
                        .Parts.Inference.RenderAsync(model, conversation, isAnswered || isContinued, isTokenized: true, settings, call.Aborted)
                        .ConfigureAwait(false)
                ).Tokens;
        }

        // Each server has its own default: llama-server adds nothing to a text, and reads special tokens in it; vLLM's tokenizers do both.
        var isServer = body.Has("content");
        var text = body.Text(isServer ? "content" : "prompt")!;
        var adds = body.Flag(isServer ? "add_special" : "add_special_tokens") ?? !isServer;
        var parses = body.Flag("parse_special") ?? true;
        return (call, model, settings) => call.Parts.Inference.TokenizeAsync(model, text, adds, parses, settings, call.Aborted);
    }

    private static JsonObject OfServer(TokenizedText text, bool isPieces) =>
        new()
        {
            ["tokens"] = new JsonArray([
                .. text.Tokens.Zip(
                    text.Pieces,
                    (id, piece) => isPieces ? new JsonObject { ["id"] = id, ["piece"] = Piece(piece) } : (JsonNode)JsonValue.Create(id)
                ),
            ]),
        };

    /// <summary>A text, or a list of bytes where it is only a part of a character.</summary>
    private static JsonNode Piece(ReadOnlyMemory<byte> piece) =>
        Utf8.IsValid(piece.Span)
            ? JsonValue.Create(Encoding.UTF8.GetString(piece.Span))
            : new JsonArray([.. piece.ToArray().Select(static value => (JsonNode)JsonValue.Create((int)value))]);

    private static async Task<JsonObject> OfVllmAsync(HttpCall call, ModelSelection model, JsonFields body, TokenizedText text)
    {
        var context = 0;
        await foreach (var progress in call.Parts.Inference.LoadAsync(model, new LoadSettings(), call.Aborted).ConfigureAwait(false))
        {
            context = progress.Model?.ContextLength ?? context;
        }

        return new JsonObject
        {
            ["count"] = text.Tokens.Count,
            ["max_model_len"] = context,
            ["tokens"] = new JsonArray([.. text.Tokens.Select(static id => (JsonNode)JsonValue.Create(id))]),
            ["token_strs"] =
                body.Flag("return_token_strs") == true
                    ? new JsonArray([.. text.Pieces.Select(static piece => (JsonNode)JsonValue.Create(Encoding.UTF8.GetString(piece.Span)))])
                    : null,
        };
    }
}
