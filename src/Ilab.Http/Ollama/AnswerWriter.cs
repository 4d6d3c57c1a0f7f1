using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Ilab.Engine.Serving.Generation;
using Ilab.Http.Calls;
using Ilab.Http.Generating;

namespace Ilab.Http.Ollama;

/// <summary>Writes the answers of generate and chat, as lines or in one piece.</summary>
/// <param name="text">Puts a text into an answer: as the response, or as a message.</param>
internal sealed class AnswerWriter(HttpCall call, AskRequest request, Func<OllamaAnswer, string, OllamaAnswer> text)
{
    private const long NanosecondsPerTick = 100;

    private readonly long _started = Stopwatch.GetTimestamp();

    /// <summary>Runs the generation and writes what it says.</summary>
    public Task RunAsync(Engine.Serving.Inference.GenerationRequest generation) => request.Stream ? StreamAsync(generation) : WholeAsync(generation);

    /// <summary>Answers a request that only loads or unloads its model, or shows its prompt.</summary>
    public Task EmptyAsync(string? reason, DebugInfo? debug = null)
    {
        var answer = text(New(done: true), "") with { DoneReason = reason, DebugInfo = debug };
        return request.Stream ? LineAsync(answer) : Answers.WriteJsonAsync(call, Serialize(answer));
    }

    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);

    private async Task StreamAsync(Engine.Serving.Inference.GenerationRequest generation)
    {
        var tokens = new LogprobTrack();
        await foreach (var (_, e) in Generator.RunAsync(call.Scope, [generation]).ConfigureAwait(false))
        {
            switch (e)
            {
                case GenerationDelta delta when tokens.Take(delta) is var taken && (delta.Text.Length > 0 || taken.Count > 0):
                    await LineAsync(text(New(done: false), delta.Text) with { Logprobs = Logprobs(taken) }).ConfigureAwait(false);
                    break;
                case GenerationFinished finished:
                    await LineAsync(End(finished, "", tokens.Rest(finished))).ConfigureAwait(false);
                    break;
            }
        }
    }

    private async Task WholeAsync(Engine.Serving.Inference.GenerationRequest generation)
    {
        var collected = new CollectedText();
        await foreach (var (_, e) in Generator.RunAsync(call.Scope, [generation]).ConfigureAwait(false))
        {
            collected.Add(e);
        }

        await Answers.WriteJsonAsync(call, Serialize(End(collected.Finished!, collected.Text, collected.Tokens))).ConfigureAwait(false);
    }

    private OllamaAnswer End(GenerationFinished finished, string rest, IReadOnlyList<TokenLogprob> tokens) =>
        text(New(done: true), rest) with
        {
            DoneReason = finished.Reason == FinishReason.Length ? "length" : "stop",
            Logprobs = Logprobs(tokens),
            TotalDuration = Nanoseconds(Stopwatch.GetElapsedTime(_started)),
            LoadDuration = Nanoseconds(finished.LoadTime),
            PromptEvalCount = finished.PromptTokens,
            PromptEvalDuration = Nanoseconds(finished.PromptTime),
            EvalCount = finished.CompletionTokens,
            EvalDuration = Nanoseconds(finished.DecodeTime),
        };

    private OllamaAnswer New(bool done) =>
        new()
        {
            Model = request.Model,
            CreatedAt = Time(call.Parts.Time.GetUtcNow()),
            Done = done,
        };

    private IReadOnlyList<AnswerToken>? Logprobs(IReadOnlyList<TokenLogprob> tokens) =>
        request.Logprobs is null || tokens.Count == 0
            ? null
            : [.. tokens.Select(static token => Of(token) with { TopLogprobs = token.Top.Count == 0 ? null : [.. token.Top.Select(Of)] })];

    private static AnswerToken Of(TokenLogprob token) =>
        new(Encoding.UTF8.GetString(token.Piece.Span), token.Logprob, [.. token.Piece.ToArray().Select(static value => (int)value)], null);

    private static long? Nanoseconds(TimeSpan time) => time > TimeSpan.Zero ? time.Ticks * NanosecondsPerTick : null;

    private Task LineAsync(OllamaAnswer answer) => EventStream.SendLineAsync(call, Serialize(answer));

    private static byte[] Serialize(OllamaAnswer answer) => JsonSerializer.SerializeToUtf8Bytes(answer, OllamaJson.Relaxed.OllamaAnswer);
}
