using System.Text.Json;
using Ilab.Engine.Serving.Generation;
using Ilab.Http.Calls;
using Ilab.Http.Generating;
using Ilab.Http.Json;

namespace Ilab.Http.OpenAi;

/// <summary><c>POST /v1/completions</c>.</summary>
internal static class CompletionEndpoint
{
    public static async Task HandleAsync(HttpCall call)
    {
        var body = await JsonBody.ReadAsync(call.Request, call.Parts.Options.MaxBody, call.Aborted).ConfigureAwait(false);
        var request = CompletionRequest.Read(body, new ModelNames(call.Caller));
        call.Target = $"name={request.Model}";
        await (request.Stream ? StreamAsync(call, request) : AnswerAsync(call, request)).ConfigureAwait(false);
    }

    private static async Task AnswerAsync(HttpCall call, CompletionRequest request)
    {
        var head = new AnswerHead("cmpl", call, request.Model);
        var usage = new UsageCount(request.Choices);
        var collected = await WholeAnswer.CollectAsync(call, request.Generations, head, usage).ConfigureAwait(false);
        var choices = collected.Select(
            (one, index) =>
                new TextChoice(
                    EchoOf(request, index) + one.Text,
                    index,
                    request.Logprobs is { } top ? LogprobShapes.Text(one.Tokens, 0, top > 0) : null,
                    FinishReasons.Of(one.Finished!)
                )
        );
        await Answers.WriteJsonAsync(call, Serialize(head.Text([.. choices], usage.Total))).ConfigureAwait(false);
    }

    private static async Task StreamAsync(HttpCall call, CompletionRequest request)
    {
        var head = new AnswerHead("cmpl", call, request.Model);
        var usage = new UsageCount(request.Choices);
        var tokens = request.Generations.Select(static _ => new LogprobTrack()).ToArray();
        var offsets = new int[request.Generations.Count];
        await foreach (var (index, e) in Generator.RunAsync(call, request.Generations).ConfigureAwait(false))
        {
            head.See(e);
            switch (e)
            {
                case GenerationStarted when request.Echo:
                    await SendAsync(EchoOf(request, index), [], null).ConfigureAwait(false);
                    break;
                case GenerationDelta delta when tokens[index].Take(delta) is var taken && (delta.Text.Length > 0 || taken.Count > 0):
                    await SendAsync(delta.Text, taken, null).ConfigureAwait(false);
                    break;
                case GenerationFinished finished:
                    usage.Add(index, finished);
                    await SendAsync("", tokens[index].Rest(finished), FinishReasons.Of(finished)).ConfigureAwait(false);
                    break;
            }

            Task SendAsync(string text, IReadOnlyList<TokenLogprob> logprobs, string? reason)
            {
                var shape = logprobs.Count > 0 ? LogprobShapes.Text(logprobs, offsets[index], request.Logprobs > 0) : null;
                offsets[index] += text.Length;
                return WriteAsync(head.Text([new TextChoice(text, index, shape, reason)], null));
            }
        }

        if (request.IncludeUsage)
        {
            await WriteAsync(head.Text([], usage.Total)).ConfigureAwait(false);
        }

        await StreamEnd.WriteAsync(call).ConfigureAwait(false);

        Task WriteAsync(TextAnswer chunk) => EventStream.SendEventAsync(call, Serialize(chunk), null);
    }

    private static string EchoOf(CompletionRequest request, int index) => request.Echo ? request.Generations[index].Prompt ?? "" : "";

    private static byte[] Serialize(TextAnswer answer) => JsonSerializer.SerializeToUtf8Bytes(answer, OpenAiJson.Relaxed.TextAnswer);
}
