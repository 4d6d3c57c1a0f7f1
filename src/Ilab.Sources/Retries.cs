using Ilab.Engine.Errors;

namespace Ilab.Sources;

/// <summary>How often and how long to wait for a source that fails: each wait twice the one before and a little random, or what the server asks for.</summary>
public sealed class Retries(TimeProvider time)
{
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromMinutes(1);

    /// <summary>Failures in a row, without a byte in between, after which it gives up.</summary>
    public int Most { get; init; } = 8;

    /// <summary>First wait.</summary>
    public TimeSpan Backoff { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Longest wait that a server may ask for.</summary>
    public TimeSpan LongestAsked { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Does something until it works.</summary>
    /// <param name="most">Failures after which it gives up; at most <see cref="Most"/>.</param>
    internal async Task<T> RunAsync<T>(Func<Task<T>> action, int most, Action<string> say, CancellationToken cancellationToken)
    {
        for (var failures = 1; ; failures++)
        {
            try
            {
                return await action().ConfigureAwait(false);
            }
            catch (SourceUnavailable cause)
            {
                await WaitAsync(failures, Math.Min(most, Most), cause, "", say, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Waits after a failure.</summary>
    /// <param name="subject">What is being fetched, with a colon and a blank after it, or nothing.</param>
    /// <exception cref="EngineException">SOURCE: there were too many, or the server asks for more than it is given.</exception>
    internal async Task WaitAsync(int failures, int most, SourceUnavailable cause, string subject, Action<string> say, CancellationToken cancellationToken)
    {
        if (cause.After > LongestAsked)
        {
            throw new EngineException(
                ErrorKind.Source,
                $"{subject}{cause.Message}; it asks to wait {Words(cause.After.Value)}",
                "restart the download then: partial data is kept",
                cause
            );
        }

        if (failures >= most)
        {
            throw new EngineException(
                ErrorKind.Source,
                $"{subject}{cause.Message}; gave up after {failures} attempts without progress",
                "restart the download: partial data is kept",
                cause
            );
        }

        var doubled = Backoff * Math.Pow(2, failures - 1);
        var wait = cause.After ?? (doubled < LongestBackoff ? doubled : LongestBackoff) * (1 + Random.Shared.NextDouble() / 4);
        say($"{subject}{cause.Message}; retrying in {Words(wait)}");
        await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
    }

    private static string Words(TimeSpan span) =>
        span.TotalMinutes < 2 ? $"{span.TotalSeconds:0.#} s"
        : span.TotalHours < 2 ? $"{span.TotalMinutes:0} min"
        : $"{span.TotalHours:0} h";
}
