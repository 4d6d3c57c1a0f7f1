using System.Globalization;
using Ilab.Engine.Errors;
using Ilab.Engine.Events;
using Ilab.Engine.Jobs;

namespace Ilab.Engine.Workloads.Batches;

/// <summary>Answers the lines of a batch that have no result yet, several at a time.</summary>
internal sealed class BatchRun(BatchRequest request, IBatchLines lines, BatchTally tally, JobContext context, TimeProvider time)
{
    private static readonly TimeSpan TellEvery = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly Lock _telling = new();
    private long _begun,
        _told;
    private int _before;

    /// <exception cref="IOException">A result could not be written.</exception>
    /// <exception cref="EngineException">INVALID_ARGUMENT, NOT_FOUND: the input cannot be read.</exception>
    public async Task RunAsync(Func<Stream> open, CancellationToken cancellationToken)
    {
        var journal = JobJournal.Open(BatchResults.PathIn(context.Folder), static line => BatchResults.Parse(line));
        await using var closed = journal.ConfigureAwait(false);
        if (journal.Unreadable > 0)
        {
            context.Log("warning", $"{journal.Unreadable} results cannot be read; their lines are answered again");
        }

        _before = Done;
        _begun = time.GetTimestamp();
        if (_before > 0)
        {
            context.Log("info", $"resuming with {_before} of {tally.Counts.Total} lines done");
        }

        if (await FirstAsync(open, cancellationToken).ConfigureAwait(false) is { } first)
        {
            var options = new ParallelOptions
            {
                MaxDegreeOfParallelism = await lines.ConcurrencyAsync(request, first, context.Job.Caller, cancellationToken).ConfigureAwait(false),
                CancellationToken = cancellationToken,
            };
            var input = open();
            await using var read = input.ConfigureAwait(false);
            await Parallel
                .ForEachAsync(
                    BatchInput.ReadAsync(input, cancellationToken).Where(line => !tally.Has(line.Index)),
                    options,
                    async (line, stop) => await OneAsync(line, journal, stop).ConfigureAwait(false)
                )
                .ConfigureAwait(false);
        }

        Tell(isLast: true);
    }

    private int Done => tally.Counts is var counts ? counts.Completed + counts.Failed : 0;

    /// <summary>The first line to be answered; null = none is left.</summary>
    private async Task<BatchLine?> FirstAsync(Func<Stream> open, CancellationToken cancellationToken)
    {
        var input = open();
        await using var closed = input.ConfigureAwait(false);
        return await BatchInput
            .ReadAsync(input, cancellationToken)
            .FirstOrDefaultAsync(line => !tally.Has(line.Index), cancellationToken)
            .ConfigureAwait(false);
    }

    private async Task OneAsync(BatchLine line, JobJournal journal, CancellationToken cancellationToken)
    {
        var result = await AnswerAsync(line, cancellationToken).ConfigureAwait(false);
        await journal.AddAsync(BatchResults.Entry(line.Index, result).Span).ConfigureAwait(false);
        tally.Add(line.Index, result.IsError, result.Json.Length);
        Tell(isLast: false);
    }

    /// <summary>What passes is waited for: a service that restarts, a runner that died, a full queue, memory that others need.</summary>
    private async Task<BatchResult> AnswerAsync(BatchLine line, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        for (var wait = FirstWait; ; wait = TimeSpan.FromTicks(Math.Min(2 * wait.Ticks, LongestWait.Ticks)))
        {
            try
            {
                return await lines.AnswerAsync(request, line, context.Job.Caller, cancellationToken).ConfigureAwait(false);
            }
            catch (EngineException exception)
            {
                if (time.GetElapsedTime(begun) > Patience)
                {
                    return lines.Abandon(request, line, exception);
                }

                wait = exception.RetryAfter is { } asked && asked > wait ? asked : wait;
                context.Log("warning", $"line {line.Number}: {exception.Message}; trying again in {wait.TotalSeconds:0} s");
            }

            await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private void Tell(bool isLast)
    {
        lock (_telling)
        {
            if (!isLast && _told != 0 && time.GetElapsedTime(_told) < TellEvery)
            {
                return;
            }

            _told = time.GetTimestamp();
            var counts = tally.Counts;
            var done = counts.Completed + counts.Failed;
            var rate = (done - _before) / Math.Max(0.001, time.GetElapsedTime(_begun).TotalSeconds);
            var left = rate > 0 && done < counts.Total ? $", {TimeSpan.FromSeconds((counts.Total - done) / rate):h\\:mm\\:ss} left" : "";
            var detail = string.Create(CultureInfo.InvariantCulture, $"{rate:0.#} lines/s{left}, {counts.Failed} failed");
            context.Progress(new Transfer("", "answering", done, counts.Total, rate, "lines", detail));
        }
    }
}
