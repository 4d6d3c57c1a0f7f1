using System.Text.Json;
using Ilab.Engine.Serving.Generation;
using Ilab.Engine.Serving.Models;
using Ilab.Http.Calls;
using Ilab.Http.Generating;
using Ilab.Http.Json;

namespace Ilab.Http.Anthropic;

/// <summary><c>POST /v1/messages</c> and <c>/v1/messages/count_tokens</c>.</summary>
internal static class MessagesEndpoint
{
    public static async Task HandleAsync(HttpCall call)
    {
        var request = await ReadAsync(call, isCounted: false).ConfigureAwait(false);
        await (request.Stream ? MessageStream.RunAsync(call, request) : AnswerAsync(call, request)).ConfigureAwait(false);
    }

    public static async Task CountAsync(HttpCall call)
    {
        var request = await ReadAsync(call, isCounted: true).ConfigureAwait(false);
        var settings = new LoadSettings { Owner = await call.Access.ShareAsync(call.Aborted).ConfigureAwait(false) };
        var (model, conversation) = (request.Generation.Model, request.Generation.Conversation!);
        var prompt = await call
            .Parts.Inference.RenderAsync(model, conversation, isAnswered: true, isTokenized: true, settings, call.Aborted)
            .ConfigureAwait(false);
        var count = new TokenCount(prompt.Tokens.Tokens.Count);
        await Answers.WriteJsonAsync(call, JsonSerializer.SerializeToUtf8Bytes(count, AnthropicJson.Relaxed.TokenCount)).ConfigureAwait(false);
    }

    /// <summary>A message as it is at its end, or with nothing in it as it is at its beginning.</summary>
    public static MessageAnswer Message(HttpCall call, MessageRequest request, IReadOnlyList<TextBlock> content, GenerationFinished? finished, Usage usage) =>
        new($"msg_{call.Id}", "message", "assistant", request.Model, content, finished is null ? null : StopReason(finished), StopSequence(finished), usage);

    public static string StopReason(GenerationFinished finished) =>
        finished.Reason == FinishReason.Length ? "max_tokens"
        : finished.Stop.Length > 0 ? "stop_sequence"
        : "end_turn";

    public static string? StopSequence(GenerationFinished? finished) => finished is { Stop.Length: > 0 } ? finished.Stop : null;

    private static async Task<MessageRequest> ReadAsync(HttpCall call, bool isCounted)
    {
        var body = await JsonBody.ReadAsync(call.Request, call.Parts.Options.MaxBody, call.Aborted).ConfigureAwait(false);
        var request = MessageRequest.Read(body, new ModelNames(call.Caller), isCounted);
        call.Target = $"name={request.Model}";
        return request;
    }

    private static async Task AnswerAsync(HttpCall call, MessageRequest request)
    {
        var collected = new CollectedText();
        await foreach (var (_, e) in Generator.RunAsync(call.Scope, [request.Generation]).ConfigureAwait(false))
        {
            collected.Add(e);
        }

        var finished = collected.Finished!;
        var usage = new Usage(finished.PromptTokens, finished.CompletionTokens, 0, 0);
        var message = Message(call, request, [new TextBlock("text", collected.Text)], finished, usage);
        await Answers.WriteJsonAsync(call, JsonSerializer.SerializeToUtf8Bytes(message, AnthropicJson.Relaxed.MessageAnswer)).ConfigureAwait(false);
    }
}
