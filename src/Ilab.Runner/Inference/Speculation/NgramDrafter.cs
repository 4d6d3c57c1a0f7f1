using System.Runtime.InteropServices;

namespace Ilab.Runner.Inference.Speculation;

/// <summary>
/// Guesses how a text goes on from what followed the same last tokens before: answers quote their prompts, lists and code repeat themselves. Costs a lookup per
/// token and no computation of the model.
/// </summary>
internal sealed class NgramDrafter
{
    private const int Long = 8,
        Short = 3;

    private readonly List<int> _tokens = [];
    private readonly Dictionary<ulong, int> _afterLong = [],
        _afterShort = [];

    /// <summary>Adds the next token of the text.</summary>
    public void Add(int token)
    {
        if (_tokens.Count >= Short)
        {
            _afterShort[LastTokens(Short)] = _tokens.Count;
        }

        if (_tokens.Count >= Long)
        {
            _afterLong[LastTokens(Long)] = _tokens.Count;
        }

        _tokens.Add(token);
    }

    /// <summary>Finds where the text was last like its end is now.</summary>
    /// <returns>The position of the token that followed, and how sure the match is; -1 = it never was.</returns>
    public (int Position, MatchKind Kind) Find()
    {
        if (_tokens.Count > Long && _afterLong.TryGetValue(LastTokens(Long), out var position))
        {
            return (position, MatchKind.Long);
        }

        return _tokens.Count > Short && _afterShort.TryGetValue(LastTokens(Short), out position) ? (position, MatchKind.Short) : (-1, MatchKind.Short);
    }

    /// <summary>The token at <paramref name="offset"/> behind a position that was found; a text that ends in a loop goes on in it.</summary>
    public int Guess(int position, int offset) => _tokens[position + (offset % (_tokens.Count - position))];

    // Different tokens with the same hash make a wrong guess, which is noticed as any other.
    private ulong LastTokens(int count)
    {
        var hash = 14695981039346656037;
        foreach (var token in CollectionsMarshal.AsSpan(_tokens)[^count..])
        {
            hash = (hash ^ (uint)token) * 1099511628211;
        }

        return hash;
    }
}

/// <summary>How many tokens were the same.</summary>
internal enum MatchKind
{
    Short,
    Long,
}
