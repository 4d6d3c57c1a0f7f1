using System.Text.Json;
using Ilab.Engine.Serving.Generation;
using Ilab.Http.Calls;
using Ilab.Http.Generating;
using Ilab.Http.Json;

namespace Ilab.Http.OpenAi;

/// <summary><c>POST /v1/chat/completions</c>.</summary>
internal static class ChatEndpoint
{
    private const string Whole = "chat.completion";
    private const string Chunk = "chat.completion.chunk";

    public static async Task HandleAsync(HttpCall call)
    {
        var body = await JsonBody.ReadAsync(call.Request, call.Parts.Options.MaxBody, call.Aborted).ConfigureAwait(false);
        var request = ChatRequest.Read(body, new ModelNames(call.Caller));
        call.Target = $"name={request.Model}";
        await (request.Stream ? StreamAsync(call, request) : AnswerAsync(call, request)).ConfigureAwait(false);
    }

    private static async Task AnswerAsync(HttpCall call, ChatRequest request)
    {
        var head = new AnswerHead("chatcmpl", call, request.Model);
        var usage = new UsageCount(request.Generations.Count);
        var collected = await WholeAnswer.CollectAsync(call, request.Generations, head, usage).ConfigureAwait(false);
        var choices = collected.Select(
            (one, index) =>
                new ChatChoice(
                    index,
                    new ChatText("assistant", one.Text),
                    null,
                    request.Logprobs is null ? null : LogprobShapes.Chat(one.Tokens),
                    FinishReasons.Of(one.Finished!)
                )
        );
        await Answers.WriteJsonAsync(call, Serialize(head.Chat(Whole, [.. choices], usage.Total))).ConfigureAwait(false);
    }

    private static async Task StreamAsync(HttpCall call, ChatRequest request)
    {
        var head = new AnswerHead("chatcmpl", call, request.Model);
        var usage = new UsageCount(request.Generations.Count);
        var tokens = request.Generations.Select(static _ => new LogprobTrack()).ToArray();
        await foreach (var (index, e) in Generator.RunAsync(call, request.Generations).ConfigureAwait(false))
        {
            head.See(e);
            switch (e)
            {
                case GenerationStarted:
                    await SendAsync(new ChatText("assistant", ""), [], null).ConfigureAwait(false);
                    break;
                case GenerationDelta delta when tokens[index].Take(delta) is var taken && (delta.Text.Length > 0 || taken.Count > 0):
                    await SendAsync(new ChatText(null, delta.Text), taken, null).ConfigureAwait(false);
                    break;
                case GenerationFinished finished:
                    usage.Add(index, finished);
                    if (tokens[index].Rest(finished) is { Count: > 0 } rest)
                    {
                        await SendAsync(new ChatText(null, ""), rest, null).ConfigureAwait(false);
                    }

                    await SendAsync(new ChatText(null, null), [], FinishReasons.Of(finished)).ConfigureAwait(false);
                    break;
            }

            Task SendAsync(ChatText text, IReadOnlyList<TokenLogprob> logprobs, string? reason) =>
                WriteAsync(head.Chat(Chunk, [new ChatChoice(index, null, text, logprobs.Count > 0 ? LogprobShapes.Chat(logprobs) : null, reason)], null));
        }

        if (request.IncludeUsage)
        {
            await WriteAsync(head.Chat(Chunk, [], usage.Total)).ConfigureAwait(false);
        }

        await StreamEnd.WriteAsync(call).ConfigureAwait(false);

        Task WriteAsync(ChatAnswer chunk) => EventStream.SendEventAsync(call, Serialize(chunk), null);
    }

    private static byte[] Serialize(ChatAnswer answer) => JsonSerializer.SerializeToUtf8Bytes(answer, OpenAiJson.Relaxed.ChatAnswer);
}
