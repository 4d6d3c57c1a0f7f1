using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Ilab.Engine.Serving.Generation;
using Ilab.Engine.Serving.Inference;
using Ilab.Http.Calls;
using Ilab.Http.Generating;

namespace Ilab.Http.Ollama;

/// <summary>Writes the answers of generate and chat, as lines or in one piece.</summary>
/// <param name="text">Puts a text, and what the model thought (null = nothing), into an answer: as the response, or as a message.</param>
internal sealed class AnswerWriter(HttpCall call, AskRequest request, Func<OllamaAnswer, string, string?, OllamaAnswer> text)
{
    private const long NanosecondsPerTick = 100;

    private readonly long _started = Stopwatch.GetTimestamp();

    private ThoughtSplitter? _thoughts; // null = the answer is not divided

    /// <summary>Runs the generation and writes what it says.</summary>
    /// <param name="separates">Whether what the model thinks is told from what it says.</param>
    public Task RunAsync(GenerationRequest generation, bool separates)
    {
        _thoughts = separates ? new ThoughtSplitter(isInside: false) : null;
        return request.Stream ? StreamAsync(generation) : WholeAsync(generation);
    }

    /// <summary>Answers a request that only loads or unloads its model, or shows its prompt.</summary>
    public Task EmptyAsync(string? reason, DebugInfo? debug = null)
    {
        var answer = text(New(done: true), "", null) with { DoneReason = reason, DebugInfo = debug };
        return request.Stream ? LineAsync(answer) : Answers.WriteJsonAsync(call, Serialize(answer));
    }

    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);

    private async Task StreamAsync(GenerationRequest generation)
    {
        var tokens = new LogprobTrack();
        await foreach (var (_, e) in Generator.RunAsync(call.Scope, [generation]).ConfigureAwait(false))
        {
            switch (e)
            {
                case GenerationStarted started:
                    Begin(started);
                    break;
                case GenerationDelta delta:
                    var (taken, (thought, said)) = (tokens.Take(delta), Divide(delta.Text));
                    if (thought.Length > 0 || said.Length > 0 || (request.Logprobs is not null && taken.Count > 0))
                    {
                        await LineAsync(text(New(done: false), said, NullIfEmpty(thought)) with { Logprobs = Logprobs(taken) }).ConfigureAwait(false);
                    }

                    break;
                case GenerationFinished finished:
                    await LineAsync(End(finished, _thoughts?.Finish() ?? ("", ""), tokens.Rest(finished))).ConfigureAwait(false);
                    break;
            }
        }
    }

    private async Task WholeAsync(GenerationRequest generation)
    {
        var collected = new CollectedText();
        await foreach (var (_, e) in Generator.RunAsync(call.Scope, [generation]).ConfigureAwait(false))
        {
            collected.Add(e);
            if (e is GenerationStarted started)
            {
                Begin(started);
            }
        }

        var (thought, said) = Divide(collected.Text);
        var (lastThought, last) = _thoughts?.Finish() ?? ("", "");
        var answer = End(collected.Finished!, (thought + lastThought, said + last), collected.Tokens);
        await Answers.WriteJsonAsync(call, Serialize(answer)).ConfigureAwait(false);
    }

    private void Begin(GenerationStarted started) => _thoughts = _thoughts is null ? null : new ThoughtSplitter(started.Thinks);

    private (string Thought, string Said) Divide(string piece) => _thoughts?.Add(piece) ?? ("", piece);

    private static string? NullIfEmpty(string text) => text.Length > 0 ? text : null;

    private OllamaAnswer End(GenerationFinished finished, (string Thought, string Said) rest, IReadOnlyList<TokenLogprob> tokens) =>
        text(New(done: true), rest.Said, NullIfEmpty(rest.Thought)) with
        {
            Context = finished.Tokens.Count > 0 ? finished.Tokens : null,
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
