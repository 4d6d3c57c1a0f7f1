using System.Diagnostics;
using System.Globalization;
using System.Text;
using Ilab.Data.Pipelines;
using Ilab.Engine.Errors;
using Ilab.Jinja;

namespace Ilab.Data.Synthesis.Teachers;

/// <summary>
/// Sends requests to the teacher with limited concurrency; completions are written to the journal first, and found there when repeated. Retries while the
/// teacher is unavailable; a request without a usable completion is recorded as well.
/// </summary>
internal sealed class JournaledCalls(ITeacher teacher, CallJournal journal, TeacherHealth health, RateLimit rate, RetryPolicy policy, CallOptions options)
    : ITeacherCalls,
        IDisposable
{
    private readonly SemaphoreSlim _places = new(options.Concurrency);
    private long _calls,
        _answerTokens,
        _repeated;
    private long _firstAsked;
    private int _refusedInRow;
    private volatile bool _hasAnswer;
    private volatile EngineException? _failure;

    /// <summary>Requests completed by this process.</summary>
    public long Calls => Interlocked.Read(ref _calls);

    /// <summary>Completions found in the journal.</summary>
    public long Repeated => Interlocked.Read(ref _repeated);

    /// <summary>Completion tokens per second since the first request of this process.</summary>
    public double TokensPerSecond =>
        Interlocked.Read(ref _firstAsked) is > 0 and var first
            ? Interlocked.Read(ref _answerTokens) / Math.Max(0.001, Stopwatch.GetElapsedTime(first).TotalSeconds)
            : 0;

    public async Task<string?> AskAsync(TeacherCall call, BlockRun run, CancellationToken cancellationToken)
    {
        var seed = SeedOf(call);
        var hash = HashOf(call, seed);
        if (journal.Find(call.Key, hash) is { } known)
        {
            Interlocked.Increment(ref _repeated);
            _hasAnswer |= known.Text is not null;
            return Take(known, call, run);
        }

        JournalEntry entry;
        await _places.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_failure is { } failure)
            {
                throw new EngineException(failure.Kind, failure.Message, failure.Hint, failure); // whatever waited meanwhile is not sent
            }

            Interlocked.CompareExchange(ref _firstAsked, Stopwatch.GetTimestamp(), 0);
            entry = await AnswerAsync(call, seed, hash, cancellationToken).ConfigureAwait(false);
        }
        catch (EngineException exception)
        {
            _failure ??= exception;
            throw;
        }
        finally
        {
            _places.Release();
        }

        await journal.AddAsync(entry).ConfigureAwait(false);
        Interlocked.Increment(ref _calls);
        Interlocked.Add(ref _answerTokens, entry.AnswerTokens);
        return Take(entry, call, run);
    }

    public void Dispose() => _places.Dispose();

    private static string? Take(JournalEntry entry, TeacherCall call, BlockRun run)
    {
        run.Use(entry.PromptTokens, entry.AnswerTokens);
        if (entry.Text is null)
        {
            run.Reject(call.Block, entry.Reason ?? "no answer");
        }

        return entry.Text;
    }

    private async Task<JournalEntry> AnswerAsync(TeacherCall call, ulong seed, string hash, CancellationToken cancellationToken)
    {
        var (failures, empty) = (0, 0);
        while (true)
        {
            await health.WaitAsync(cancellationToken).ConfigureAwait(false);
            await rate.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                var answer = await teacher.AskAsync(call, seed + ((ulong)empty * 7919), cancellationToken).ConfigureAwait(false);
                health.Answered();
                rate.Note(answer.PromptTokens + answer.AnswerTokens);
                (_hasAnswer, _refusedInRow) = (true, 0);
                var (text, reason) = CutAnswer.Check(answer, call);
                if (text.AsSpan().Trim().Length > 0 || reason is not null)
                {
                    return new JournalEntry(call.Key, hash, reason is null ? text : null, reason, answer.PromptTokens, answer.AnswerTokens);
                }

                if (++empty >= policy.EmptyAnswers)
                {
                    return new JournalEntry(call.Key, hash, null, "the answer is empty", answer.PromptTokens, answer.AnswerTokens);
                }
            }
            catch (TeacherRefusedException exception)
            {
                health.Answered();
                StopIfOfEveryCall(exception);
                return new JournalEntry(call.Key, hash, null, exception.Message, exception.PromptTokens, exception.AnswerTokens);
            }
            catch (TeacherUnavailableException exception)
            {
                health.Failed(exception);
                if (exception.IsOfCall && ++failures >= policy.Attempts && health.HasAnswered)
                {
                    return new JournalEntry(call.Key, hash, null, exception.Message, 0, 0);
                }
            }
        }
    }

    /// <exception cref="EngineException">The next request would be refused as well.</exception>
    private void StopIfOfEveryCall(TeacherRefusedException refusal)
    {
        if (refusal.OfEveryCall is { } failure)
        {
            var several = Interlocked.Increment(ref _refusedInRow) >= policy.Refusals;
            if ((refusal.IsCertain && (!_hasAnswer || several)) || (several && !_hasAnswer))
            {
                throw failure;
            }
        }
    }

    /// <summary>The pipeline's seed, if any, so that a text can be reproduced elsewhere; otherwise derived from the run and the position.</summary>
    private ulong SeedOf(TeacherCall call) =>
        call.Settings.Seed is { } seed ? (ulong)seed + (ulong)call.Choice : StableRandom.Of($"{options.Seed}/{call.Key}") >> 33;

    private string HashOf(TeacherCall call, ulong seed)
    {
        var text = new StringBuilder();
        foreach (var (role, content) in call.Messages)
        {
            text.Append(role).Append('\0').Append(content).Append('\0');
        }

        text.Append(
            CultureInfo.InvariantCulture,
            $"{call.Settings.MaxTokens}\0{call.Settings.Temperature}\0{call.Settings.TopP}\0{seed}\0{options.Teacher}\0{string.Join('\0', call.Settings.Stop)}"
        );
        foreach (var (name, value) in call.Settings.Extra)
        {
            text.Append('\0').Append(name).Append('=').Append(Values.Text(value));
        }

        return StableRandom.Of(text.ToString()).ToString("x16", CultureInfo.InvariantCulture);
    }
}

/// <param name="Concurrency">Concurrent requests.</param>
/// <param name="Seed">Seed of the run.</param>
/// <param name="Teacher">Identifies the teacher: digest, or URL and model.</param>
internal sealed record CallOptions(int Concurrency, ulong Seed, string Teacher);
