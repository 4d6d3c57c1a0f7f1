using Ilab.Engine.Errors;

namespace Ilab.Data.Synthesis.Teachers;

/// <summary>How to retry when the teacher does not respond.</summary>
internal sealed record RetryPolicy
{
    public TimeSpan First { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan Longest { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Failures of one request, while others succeed, before it is abandoned.</summary>
    public int Attempts { get; init; } = 5;

    /// <summary>Refusals in a row after which they are taken to be of every request.</summary>
    public int Refusals { get; init; } = 5;

    /// <summary>The longest time to wait for a teacher that says how long it wants to be left alone.</summary>
    public TimeSpan LongestRequested { get; init; } = TimeSpan.FromHours(1);

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
    private long? _busySince;
    private int _busy;
    private long _answers;

    /// <summary>Whether it has responded at all in this run.</summary>
    public bool HasAnswered => Interlocked.Read(ref _answers) > 0;

    public void Answered()
    {
        lock (_gate)
        {
            Responds();
            _until = 0;
            (_busySince, _busy) = (null, 0);
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
            if (failure.RetryAfter is { } requested)
            {
                Busy(now, requested, failure);
                return;
            }

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

            var wait = Pause(_failures);
            _until = now + (long)(wait.TotalSeconds * time.TimestampFrequency);
            if (_failures++ == 0)
            {
                log("warning", $"{name} does not respond ({failure.Message}); retrying in {wait.TotalSeconds:0.#} s, for up to {patience.TotalSeconds:0} s");
            }
        }
    }

    /// <summary>Waits as long as the teacher asks, and longer if that was not enough.</summary>
    private void Busy(long now, TimeSpan requested, TeacherUnavailableException failure)
    {
        var since = _busySince ??= now;
        if (requested > policy.LongestRequested || time.GetElapsedTime(since, now) > policy.LongestRequested)
        {
            throw new EngineException(
                ErrorKind.Source,
                $"{name} asks to wait {requested.TotalSeconds:0.#} s, {time.GetElapsedTime(since, now).TotalSeconds:0} s after it began to: {failure.Message}",
                "its answers are kept: resume later with --continue and this job's id, or lower --requests-per-minute and --tokens-per-minute",
                failure
            );
        }

        Responds();
        if (now < _until)
        {
            return; // one of several that were sent together
        }

        var wait = _busy > 0 && Pause(_busy - 1) is var least && requested < least ? least : requested;
        _until = now + (long)(wait.TotalSeconds * time.TimestampFrequency);
        if (_busy++ == 0)
        {
            log("info", $"{name} asks to wait {wait.TotalSeconds:0.###} s ({failure.Message})");
        }
    }

    private void Responds()
    {
        if (_silentSince is { } since && _failures > 0)
        {
            log("info", $"{name} responds again after {Math.Max(1, time.GetElapsedTime(since).TotalSeconds):0} s");
        }

        (_silentSince, _failures) = (null, 0);
    }

    private TimeSpan Pause(int failures) => TimeSpan.FromTicks(Math.Min(policy.Longest.Ticks, policy.First.Ticks << Math.Min(failures, 20)));

    private TimeSpan? Left()
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            return _until > now ? time.GetElapsedTime(now, _until) : null;
        }
    }
}
