namespace Ilab.Native.Llama.Threads;

/// <summary>
/// Finds how many threads compute a kind of step fastest, while it is computed: now and then it has a few steps computed by half or twice as many, and stays
/// there when that is no slower or
/// clearly faster. The trials become rare: they cost less than one percent. Without a clock: times come in.
/// </summary>
internal sealed class ThreadTuner
{
    private const int Steps = 3,
        FirstPeriod = 6,
        LongestPeriod = 512;

    /// <summary>Fewer threads may be so much slower: what they leave free is worth more to others.</summary>
    private const double Worth = 1.01;

    /// <summary>More threads must be so much faster.</summary>
    private const double Gain = 0.96;

    private int _limit;
    private int _best;
    private int _trial;
    private bool _upNext;
    private int _count;
    private int _period = FirstPeriod;
    private TimeSpan _bestTime = TimeSpan.MaxValue;
    private TimeSpan _trialTime = TimeSpan.MaxValue;

    /// <summary>The fastest of the last steps with the best number; <see cref="TimeSpan.MaxValue"/> = none yet.</summary>
    public TimeSpan Usual => _bestTime;

    /// <param name="most">Threads that may compute.</param>
    public int Choose(int most, int limit)
    {
        if (limit != _limit)
        {
            (_limit, _best, _trial) = (limit, limit, 0);
            Restart(FirstPeriod);
        }

        return Math.Min(most, _trial > 0 ? _trial : _best);
    }

    /// <summary>Takes note of a step that nobody disturbed.</summary>
    public void Report(int threads, TimeSpan taken)
    {
        if (_trial > 0 && threads == _trial)
        {
            _trialTime = Least(_trialTime, taken);
            if (++_count >= Steps || taken > _bestTime * 1.5)
            {
                Judge();
            }
        }
        else if (_trial == 0 && threads == _best)
        {
            // The last steps count, not the fastest ever: a context that grows makes steps slower.
            _bestTime = _count % Steps == 0 ? taken : Least(_bestTime, taken);
            if (++_count >= _period)
            {
                Begin();
            }
        }
    }

    private void Begin()
    {
        var (fewer, more) = ((_best + 1) / 2, Math.Min(_limit, _best * 2));
        var up = (_upNext && more > _best) || fewer == _best;
        _trial = up ? more : fewer;
        _upNext = !up;
        (_count, _trialTime) = (0, TimeSpan.MaxValue);
        if (_trial == _best)
        {
            _trial = 0;
        }
    }

    private void Judge()
    {
        var better = _trial < _best ? _trialTime <= _bestTime * Worth : _trialTime < _bestTime * Gain;
        if (better)
        {
            _upNext = _trial > _best; // on in the same direction
            (_best, _bestTime) = (_trial, _trialTime);
        }

        _trial = 0;
        Restart(better ? FirstPeriod : Math.Min(_period * 2, LongestPeriod));
    }

    private void Restart(int period) => (_count, _period) = (0, period);

    private static TimeSpan Least(TimeSpan left, TimeSpan right) => left < right ? left : right;
}
