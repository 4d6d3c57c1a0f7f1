namespace Ilab.Runner.Inference.Speculation;

/// <summary>
/// The guesses for one answer, and how often they come true. Each token says whether its guess was right, even if nothing was computed from it: an answer that
/// begins to repeat itself is noticed without a step being spent.
/// </summary>
internal sealed class Speculator
{
    private const double Rate = 1.0 / 8;

    private readonly NgramDrafter _drafter = new();
    private readonly double[] _acceptance = [0.3, 0.7];
    private (int Position, MatchKind Kind) _match = (-1, MatchKind.Short);

    /// <param name="prompt">Tokens of the prompt.</param>
    public Speculator(ReadOnlySpan<int> prompt)
    {
        foreach (var token in prompt)
        {
            _drafter.Add(token);
        }

        _match = _drafter.Find();
    }

    /// <summary>The probability that a guess is right if those before it are; 0 = there is none.</summary>
    public double Acceptance => _match.Position < 0 ? 0 : _acceptance[(int)_match.Kind];

    /// <summary>The guesses for the next tokens, to be asked for only if there is <see cref="Acceptance"/>.</summary>
    public int Guess(int offset) => _drafter.Guess(_match.Position, offset);

    /// <summary>Adds the next token of the answer.</summary>
    public void Add(int token)
    {
        if (_match.Position >= 0)
        {
            ref var acceptance = ref _acceptance[(int)_match.Kind];
            acceptance += Rate * ((Guess(0) == token ? 1 : 0) - acceptance);
        }

        _drafter.Add(token);
        _match = _drafter.Find();
    }
}
