namespace Ilab.Native.Llama.Threads;

/// <summary>
/// Decides how many threads compute at most, from what is measured. Threads of ggml spin at every node until the last of them is done: a thread that has to
/// wait for its CPU makes all wait, while
/// one thread alone loses nothing. So it goes down at the first sign of contention, and up again when CPUs were free for a while. Without clock, input or
/// output of its own: times come in.
/// </summary>
public sealed class ThreadGovernor
{
    /// <summary>A step without as much waiting need not be looked at.</summary>
    public static readonly TimeSpan Negligible = TimeSpan.FromMilliseconds(1.5);

    /// <summary>Waiting of more than this share of the time of all threads together costs more than a thread gains.</summary>
    private const double TolerableShare = 0.08;

    /// <summary>Longer than a time slice: who has waited so long in one step waits again and again. A single slice now and then, of a neighbour with less
    /// weight, is borne.</summary>
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(5);

    private static readonly TimeSpan Memory = TimeSpan.FromMilliseconds(80);

    /// <summary>Busy for less than this part of a CPU is not busy: the clock of /proc/stat ticks in hundredths of a second.</summary>
    private const double Slack = 0.35;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    /// <summary>Where it is known that CPUs are free, what was in the way came for a moment: with one thread of two for much longer than that moment, more
    /// would be lost than to another such moment.</summary>
    private static readonly TimeSpan LongestKnowingPause = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Proof = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan KnowingProof = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan Gap = TimeSpan.FromMilliseconds(200);
    private int _limit;
    private int _ceiling;
    private TimeSpan _pause;
    private TimeSpan _nextTry;
    private TimeSpan _raised;
    private bool _knowsFree;
    private TimeSpan _reported = TimeSpan.MinValue;
    private double _elapsed;
    private double _waited;

    /// <summary>Whether other work keeps it below the limit.</summary>
    public bool IsBusy => _ceiling < _limit;

    /// <summary>Whether so long nothing was computed that what is known of free CPUs may be of another time.</summary>
    public bool HasRested(TimeSpan now) => _reported != TimeSpan.MinValue && now - _reported > Gap;

    /// <summary>Whether threads of a step get in each other's or somebody's way so much that it should go on with fewer at once.</summary>
    /// <param name="elapsed">Since they began to compute.</param>
    /// <param name="waited">By all of them together, runnable but without a CPU.</param>
    public static bool IsContended(int threads, TimeSpan elapsed, TimeSpan waited) =>
        threads > 1 && waited >= Slice && waited >= elapsed * threads * TolerableShare;

    /// <summary>How many threads may compute now.</summary>
    /// <param name="now">Since some moment; never less than before.</param>
    public int Most(TimeSpan now, in ThreadSupply supply)
    {
        if (supply.Limit != _limit)
        {
            // A limit that rises was there for a reason that has gone; one that falls holds at once.
            _ceiling = supply.Limit > _limit && !IsBusy ? supply.Limit : Math.Min(_ceiling, supply.Limit);
            _limit = supply.Limit;
        }

        _knowsFree = supply.FreeCpus is not null;
        if (HasRested(now) && supply.FreeCpus is { } free && Whole(free) < _ceiling)
        {
            Lower(Whole(free), now, Look); // nothing was computed meanwhile, and others came
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

    /// <summary>Takes note of a measurement.</summary>
    /// <param name="threads">That computed.</param>
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
            _pause =
                _pause == TimeSpan.Zero ? FirstPause : TimeSpan.FromTicks(Math.Min(_pause.Ticks * 2, (_knowsFree ? LongestKnowingPause : LongestPause).Ticks));
            Lower(Math.Min(_ceiling, threads - lacking), now, _pause);
        }
        else if (threads > 1 && threads >= _ceiling && now - _raised > (_knowsFree ? KnowingProof : Proof))
        {
            _pause = TimeSpan.Zero;
        }

        return isContended;
    }

    /// <summary>Short waits in many steps: over the last tenth of a second, older ones fading.</summary>
    private bool IsContendedForLong(int threads, TimeSpan elapsed, TimeSpan waited)
    {
        var kept = Math.Exp(-elapsed / Memory);
        (_elapsed, _waited) = ((_elapsed * kept) + (elapsed * threads).TotalMilliseconds, (_waited * kept) + (threads > 1 ? waited.TotalMilliseconds : 0));
        return threads > 1 && _waited >= 2 * Slice.TotalMilliseconds && _waited >= _elapsed * TolerableShare;
    }

    private void Lower(int ceiling, TimeSpan now, TimeSpan pause) => (_ceiling, _nextTry) = (Math.Max(1, ceiling), now + pause);

    private static int Whole(double cpus) => Math.Max(1, (int)Math.Floor(cpus + Slack));
}
