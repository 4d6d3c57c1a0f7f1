using Ilab.Engine.Errors;

namespace Ilab.Sources;

/// <summary>Retry policy for sources: exponential backoff with jitter, or the delay requested by the server.</summary>
public sealed class Retries(TimeProvider time)
{
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromMinutes(1);

    /// <summary>Consecutive failures without progress before giving up.</summary>
    public int Most { get; init; } = 8;

    /// <summary>Initial delay.</summary>
    public TimeSpan Backoff { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Maximum delay that a server may request.</summary>
    public TimeSpan LongestAsked { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Runs an action until it succeeds.</summary>
    /// <param name="most">Failures before giving up; at most <see cref="Most"/>.</param>
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
    /// <param name="subject">Prefix of messages, with a colon and a space at the end, or empty.</param>
    /// <exception cref="EngineException">SOURCE: too many failures, or the server requests too long a delay.</exception>
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
