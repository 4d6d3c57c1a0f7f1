namespace Ilab.Runner.Inference.Speculation;

/// <summary>
/// Whether guessing pays: what steps with guesses have brought, compared with what steps without them take. Estimates may be wrong, and the machine may have
/// changed; who loses pauses, longer each time.
/// </summary>
internal sealed class Payoff
{
    private const double Rate = 1.0 / 6,
        Hope = 1.2;
    private const int FirstPause = 32,
        MostDoublings = 5;

    private double _gain = Hope;
    private int _pause;
    private int _losses;

    /// <summary>Whether guesses are worth another step. Counts the steps of a pause.</summary>
    public bool IsWorthIt() => _pause == 0 || --_pause == 0;

    /// <param name="tokens">Tokens that a step with guesses has brought.</param>
    /// <param name="seconds">What it took.</param>
    /// <param name="plain">Seconds per token without guesses.</param>
    public void Note(int tokens, double seconds, double plain)
    {
        _gain += Rate * (Math.Min(2 * Hope, tokens * plain / seconds) - _gain);
        if (_gain >= Hope)
        {
            _losses = 0;
        }
        else if (_gain < 1)
        {
            _pause = FirstPause << Math.Min(_losses++, MostDoublings);
            _gain = Hope;
        }
    }
}
