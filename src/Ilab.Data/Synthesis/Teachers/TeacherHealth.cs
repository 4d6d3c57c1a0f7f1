using Ilab.Engine.Errors;

namespace Ilab.Data.Synthesis.Teachers;

/// <summary>How to retry when the teacher does not respond.</summary>
internal sealed record RetryPolicy
{
    public TimeSpan First { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan Longest { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Failures of one request, while others succeed, before it is abandoned.</summary>
    public int Attempts { get; init; } = 5;

    /// <summary>Empty completions of one request before it is abandoned.</summary>
    public int EmptyAnswers { get; init; } = 3;
}

/// <summary>Tracks whether the teacher responds at all. While it does not, all requests wait together, and this is reported once.</summary>
internal sealed class TeacherHealth(string name, TimeSpan patience, RetryPolicy policy, TimeProvider time, Action<string, string> log)
{
    private readonly Lock _gate = new();
    private long? _silentSince;
    private long _until;
    private int _failures;
    private long _answers;

    /// <summary>Whether it has responded at all in this run.</summary>
    public bool HasAnswered => Interlocked.Read(ref _answers) > 0;

    public void Answered()
    {
        lock (_gate)
        {
            if (_silentSince is { } since && _failures > 0)
            {
                log("info", $"{name} responds again after {Math.Max(1, time.GetElapsedTime(since).TotalSeconds):0} s");
            }

            (_silentSince, _failures, _until) = (null, 0, 0);
            _answers++;
        }
    }

    /// <summary>Returns when a request may be sent.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        while (Left() is { } left)
        {
            await Task.Delay(left, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <exception cref="EngineException">SOURCE: it has been unresponsive for too long.</exception>
    public void Failed(TeacherUnavailableException failure)
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            if (_silentSince is not { } since)
            {
                since = now;
                _silentSince = now;
            }

            var silent = time.GetElapsedTime(since, now);
            if (silent > patience)
            {
                throw new EngineException(
                    ErrorKind.Source,
                    $"{name} has not responded for {silent.TotalSeconds:0} s: {failure.Message}",
                    "its answers are kept: resume with --continue and this job's id when the teacher is available again",
                    failure
                );
            }

            if (now < _until)
            {
                return; // one of several that failed together
            }

            var wait = failure.RetryAfter ?? TimeSpan.FromTicks(Math.Min(policy.Longest.Ticks, policy.First.Ticks << Math.Min(_failures, 20)));
            _until = now + (long)(wait.TotalSeconds * time.TimestampFrequency);
            if (_failures++ == 0)
            {
                log("warning", $"{name} does not respond ({failure.Message}); retrying in {wait.TotalSeconds:0.#} s, for up to {patience.TotalSeconds:0} s");
            }
        }
    }

    private TimeSpan? Left()
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            return _until > now ? time.GetElapsedTime(now, _until) : null;
        }
    }
}
