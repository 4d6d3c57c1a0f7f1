namespace Ilab.Native.Llama.Threads;

/// <summary>
/// Finds out whether a kind of step is faster with a crew or with a single thread while others use CPUs: which one is depends on how short steps are and on how
/// many others there are. Means count, not the best times: what matters is how often a thread loses its CPU. Trials become rare: they cost about a percent.
/// Pure: no clock; times are passed in.
/// </summary>
internal sealed class CrewTrial
{
    private const int FewestSteps = 4;

    /// <summary>The other way must be faster by this factor.</summary>
    private const double Gain = 0.97;

    /// <summary>A trial that takes so much longer is over at once.</summary>
    private const double Hopeless = 2;

    /// <summary>So many times as long as a trial has taken there is no other.</summary>
    private const int Rarity = 20;

    /// <summary>Several time slices.</summary>
    private static readonly TimeSpan Block = TimeSpan.FromMilliseconds(60);

    private static readonly TimeSpan FirstHold = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestHold = TimeSpan.FromSeconds(8);

    /// <summary>After so long, others may be others.</summary>
    private static readonly TimeSpan Gap = TimeSpan.FromSeconds(3);

    private bool _isCrew = true;
    private bool _isTrial;
    private bool _isAsked;
    private TimeSpan _now;
    private TimeSpan _nextTrial;
    private TimeSpan _hold = FirstHold;
    private TimeSpan _time;
    private int _steps;
    private double _usual; // milliseconds of a step as it was chosen

    /// <returns>Whether the next step is to be computed by a crew.</returns>
    public bool Choose(TimeSpan now)
    {
        if (now - _now > Gap)
        {
            (_isTrial, _hold, _nextTrial) = (false, FirstHold, TimeSpan.Zero);
            (_time, _steps, _usual) = (TimeSpan.Zero, 0, 0);
        }

        (_now, _isAsked) = (now, true);
        return _isCrew != _isTrial;
    }

    /// <summary>Records the time of a step; it counts only if <see cref="Choose"/> was asked before it, and was obeyed.</summary>
    public void Report(bool isCrew, TimeSpan taken)
    {
        var counts = _isAsked && isCrew == (_isCrew != _isTrial);
        _isAsked = false;
        if (!counts)
        {
            return;
        }

        (_time, _steps) = (_time + taken, _steps + 1);
        if (_steps < FewestSteps)
        {
            return;
        }

        var mean = _time.TotalMilliseconds / _steps;
        if (_time >= Block || (_isTrial && mean > _usual * Hopeless))
        {
            Judge(mean);
            (_time, _steps) = (TimeSpan.Zero, 0);
        }
    }

    private void Judge(double mean)
    {
        if (!_isTrial)
        {
            _usual = _usual > 0 ? (_usual + mean) / 2 : mean;
            _isTrial = _now >= _nextTrial;
            return;
        }

        _isTrial = false;
        if (mean < _usual * Gain)
        {
            (_isCrew, _usual, _hold) = (!_isCrew, mean, FirstHold);
        }
        else
        {
            _hold = TimeSpan.FromTicks(Math.Min(_hold.Ticks * 2, LongestHold.Ticks));
        }

        _nextTrial = _now + (_hold > _time * Rarity ? _hold : _time * Rarity);
    }
}
