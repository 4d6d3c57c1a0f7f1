namespace Ilab.Runner.Inference.Speculation;

/// <summary>
/// The guesses for one answer, and how often they come true. Each token says whether its guess was right, even if nothing was computed from it: an answer that
/// begins to repeat itself is noticed without a step being spent. A draft model guesses where it is likelier to be right than such a match, and says so only by
/// being tried.
/// </summary>
internal sealed class Speculator
{
    private const double Rate = 1.0 / 8,
        Forgetting = 1.0 / 256,
        FirstDraft = 0.6;

    private double _draft = FirstDraft;

    private readonly NgramDrafter _drafter = new();
    private readonly double[] _acceptance = [0.3, 0.7];
    private (int Position, MatchKind Kind) _match = (-1, MatchKind.Short);

    /// <param name="prompt">Tokens of the prompt.</param>
    /// <param name="hasDraft">Whether there is a draft model.</param>
    public Speculator(ReadOnlySpan<int> prompt, bool hasDraft = false)
    {
        HasDraft = hasDraft;
        foreach (var token in prompt)
        {
            _drafter.Add(token);
        }

        _match = _drafter.Find();
    }

    /// <summary>The probability that a guess is right if those before it are; 0 = there is none.</summary>
    public double Acceptance => IsDrafted ? _draft : Matching;

    /// <summary>Whether there is a draft model that reads this answer.</summary>
    public bool HasDraft { get; set; }

    /// <summary>Whether the draft model is to guess; otherwise <see cref="Guess"/> knows.</summary>
    public bool IsDrafted => HasDraft && _draft > Matching;

    private double Matching => _match.Position < 0 ? 0 : _acceptance[(int)_match.Kind];

    /// <summary>Records how the guesses of the draft model fared.</summary>
    /// <param name="right">How many were right.</param>
    /// <param name="isWrong">Whether the next one was wrong.</param>
    public void NoteDraft(int right, bool isWrong)
    {
        for (; right > 0; right--)
        {
            _draft += Rate * (1 - _draft);
        }

        _draft -= isWrong ? Rate * _draft : 0;
    }

    /// <summary>The guesses for the next tokens, to be asked for only if there is <see cref="Acceptance"/>, and it is not drafted.</summary>
    public int Guess(int offset) => _drafter.Guess(_match.Position, offset);

    /// <summary>Adds the next token of the answer.</summary>
    public void Add(int token)
    {
        if (_match.Position >= 0)
        {
            ref var acceptance = ref _acceptance[(int)_match.Kind];
            acceptance += Rate * ((Guess(0) == token ? 1 : 0) - acceptance);
        }

        _draft += Forgetting * (FirstDraft - _draft);
        _drafter.Add(token);
        _match = _drafter.Find();
    }
}
