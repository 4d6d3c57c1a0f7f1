namespace Ilab.Native.Llama.Threads;

/// <summary>
/// Finds the fastest number of threads for a kind of step during normal operation: occasionally it tries half or twice as many for a few steps, and keeps that
/// number if it is no slower or clearly faster. Trials become rare: they cost less than one percent. Pure: no clock; times are passed in.
/// </summary>
internal sealed class ThreadTuner
{
    private const int Steps = 3,
        FirstPeriod = 6,
        LongestPeriod = 512;

    /// <summary>Fewer threads may be slower by this factor: the CPUs they free are worth more to others.</summary>
    private const double Worth = 1.01;

    /// <summary>More threads must be faster by this factor.</summary>
    private const double Gain = 0.96;

    private int _limit;
    private int _best;
    private int _trial;
    private bool _upNext;
    private int _count;
    private int _period = FirstPeriod;
    private TimeSpan _bestTime = TimeSpan.MaxValue;
    private TimeSpan _trialTime = TimeSpan.MaxValue;

    /// <summary>The fastest recent step with the best number of threads; <see cref="TimeSpan.MaxValue"/> = none yet.</summary>
    public TimeSpan Usual => _bestTime;

    /// <summary>The fastest number of threads so far; 0 = none was chosen yet.</summary>
    public int Best => _best;

    /// <param name="most">Maximum number of threads.</param>
    public int Choose(int most, int limit)
    {
        if (limit != _limit)
        {
            (_limit, _best, _trial) = (limit, limit, 0);
            Restart(FirstPeriod);
        }

        return Math.Min(most, _trial > 0 ? _trial : _best);
    }

    /// <summary>Records the time of an undisturbed step.</summary>
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
            // Only recent steps count: a growing context makes steps slower.
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
            _upNext = _trial > _best; // continue in the same direction
            (_best, _bestTime) = (_trial, _trialTime);
        }

        _trial = 0;
        Restart(better ? FirstPeriod : Math.Min(_period * 2, LongestPeriod));
    }

    private void Restart(int period) => (_count, _period) = (0, period);

    private static TimeSpan Least(TimeSpan left, TimeSpan right) => left < right ? left : right;
}
