namespace Ilab.Native.Llama.Threads;

/// <summary>
/// Decides the maximum number of compute threads from measurements. ggml's threads spin at every node until the last one is done: a thread that waits for its
/// CPU makes all others wait, while a single thread loses nothing. The number is therefore reduced at the first sign of contention, and raised again after CPUs
/// have been free for a while. Pure: no clock, no I/O; times are passed in.
/// </summary>
public sealed class ThreadGovernor
{
    /// <summary>Less waiting than this in a step is ignored.</summary>
    public static readonly TimeSpan Negligible = TimeSpan.FromMilliseconds(1.5);

    /// <summary>Waiting for more than this fraction of the total thread time costs more than a thread gains.</summary>
    private const double TolerableShare = 0.08;

    /// <summary>
    /// Longer than a time slice: threads that waited this long in one step will do so again. An occasional slice of a neighbour with a lower weight is
    /// tolerated.
    /// </summary>
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(5);

    private static readonly TimeSpan Memory = TimeSpan.FromMilliseconds(80);

    /// <summary>Less than this fraction of a CPU is not busy: /proc/stat has a resolution of a hundredth of a second.</summary>
    private const double Slack = 0.35;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(25);

    /// <summary>Where it is known that CPUs are free: somebody has passed a request on.</summary>
    private static readonly TimeSpan FirstKnowingPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    /// <summary>Where it is known that CPUs are free, what was in the way came for a moment: with one thread of two for much longer than that moment, more
    /// would be lost than to another such moment.</summary>
    private static readonly TimeSpan LongestKnowingPause = TimeSpan.FromMilliseconds(100);

    /// <summary>Where a crew computes, little is lost with too few threads, and a try costs as much as several steps.</summary>
    private static readonly TimeSpan LongestTakingPause = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan Proof = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan KnowingProof = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan Gap = TimeSpan.FromMilliseconds(200);
    private int _limit;
    private int _ceiling;
    private TimeSpan _pause;
    private TimeSpan _nextTry;
    private TimeSpan _raised;
    private bool _knowsFree;
    private bool _isTaken;
    private TimeSpan _reported = TimeSpan.MinValue;
    private double _elapsed;
    private double _waited;

    /// <summary>Whether other load keeps it below the limit.</summary>
    public bool IsBusy => _ceiling < _limit;

    /// <summary>Whether nothing was computed for so long that the last measurement of free CPUs may be outdated.</summary>
    public bool HasRested(TimeSpan now) => _reported != TimeSpan.MinValue && now - _reported > Gap;

    /// <summary>Whether the threads of a step obstruct each other or other processes so much that it should continue with fewer immediately.</summary>
    /// <param name="elapsed">Time since they started computing.</param>
    /// <param name="waited">Total time they were runnable without a CPU.</param>
    public static bool IsContended(int threads, TimeSpan elapsed, TimeSpan waited) =>
        threads > 1 && waited >= Slice && waited >= elapsed * threads * TolerableShare;

    /// <summary>The current maximum number of threads.</summary>
    /// <param name="now">Monotonic time.</param>
    public int Most(TimeSpan now, in ThreadSupply supply)
    {
        if (supply.Limit != _limit)
        {
            // A raised limit had a reason that is gone; a lowered one applies immediately.
            _ceiling = supply.Limit > _limit && !IsBusy ? supply.Limit : Math.Min(_ceiling, supply.Limit);
            _limit = supply.Limit;
        }

        if (_isTaken != supply.IsTaken)
        {
            _nextTry = supply.IsTaken ? now + LongestTakingPause : now; // whoever was there has gone
        }

        (_knowsFree, _isTaken) = (supply.FreeCpus is not null, supply.IsTaken);
        if (HasRested(now) && supply.FreeCpus is { } free && Whole(free) < _ceiling)
        {
            Lower(Whole(free), now, Glance); // nothing was computed in the meantime, and other load appeared, or just passed the request on
        }
        else if (IsBusy && now >= _nextTry)
        {
            var wanted = supply.FreeCpus is { } known ? Math.Min(_limit, Whole(known)) : _ceiling + 1;
            if (wanted > _ceiling)
            {
                (_ceiling, _raised) = (wanted, now);
            }
            else
            {
                _nextTry = now + Look;
            }
        }

        return _ceiling;
    }

    /// <summary>Records a measurement.</summary>
    /// <param name="threads">Number of compute threads.</param>
    /// <returns>Whether there are too many.</returns>
    /// <inheritdoc cref="IsContended"/>
    public bool Report(TimeSpan now, int threads, TimeSpan elapsed, TimeSpan waited)
    {
        _reported = now;
        var isContended = IsContended(threads, elapsed, waited) || IsContendedForLong(threads, elapsed, waited);
        if (isContended)
        {
            (_elapsed, _waited) = (0, 0);
            var lacking = (int)Math.Clamp(Math.Round(waited / elapsed), 1, threads - 1);
            _pause = _pause == TimeSpan.Zero ? (_knowsFree ? FirstKnowingPause : FirstPause) : TimeSpan.FromTicks(Math.Min(_pause.Ticks * 2, Longest.Ticks));
            Lower(Math.Min(_ceiling, threads - lacking), now, _pause);
        }
        else if (threads > 1 && threads >= _ceiling && now - _raised > (_knowsFree ? KnowingProof : Proof))
        {
            _pause = TimeSpan.Zero;
        }

        return isContended;
    }

    private TimeSpan Longest =>
        _isTaken ? LongestTakingPause
        : _knowsFree ? LongestKnowingPause
        : LongestPause;

    /// <summary>Short waits in many steps: over the last tenth of a second, with decay.</summary>
    private bool IsContendedForLong(int threads, TimeSpan elapsed, TimeSpan waited)
    {
        var kept = Math.Exp(-elapsed / Memory);
        (_elapsed, _waited) = ((_elapsed * kept) + (elapsed * threads).TotalMilliseconds, (_waited * kept) + (threads > 1 ? waited.TotalMilliseconds : 0));
        return threads > 1 && _waited >= 2 * Slice.TotalMilliseconds && _waited >= _elapsed * TolerableShare;
    }

    private void Lower(int ceiling, TimeSpan now, TimeSpan pause) => (_ceiling, _nextTry) = (Math.Max(1, ceiling), now + pause);

    private static int Whole(double cpus) => Math.Max(1, (int)Math.Floor(cpus + Slack));
}
