using System.Text;

namespace Ilab.Runner.Inference;

/// <summary>
/// Finds stop strings in text that comes in pieces. Text that could be the beginning of one is held back until it is not; the stop string itself
/// is never given out. The earliest match wins, the longest of those.
/// </summary>
internal sealed class StopMatcher(IReadOnlyList<string> stops)
{
    private readonly string[] _stops = [.. stops.Where(static stop => stop.Length > 0).OrderByDescending(static stop => stop.Length)];
    private readonly StringBuilder _held = new();

    /// <summary>The stop string that was found.</summary>
    public string? Found { get; private set; }

    /// <summary>Takes a piece and appends what is safe to give out.</summary>
    /// <returns>True when a stop string was found: nothing more will come.</returns>
    public bool Add(ReadOnlySpan<char> piece, StringBuilder output)
    {
        if (_stops.Length == 0)
        {
            output.Append(piece);
            return false;
        }

        _held.Append(piece);
        var text = _held.ToString();
        var (at, stop) = FirstMatch(text);
        if (stop is not null)
        {
            output.Append(text, 0, at);
            _held.Clear();
            Found = stop;
            return true;
        }

        var safe = text.Length - Longest(text);
        output.Append(text, 0, safe);
        _held.Remove(0, safe);
        return false;
    }

    /// <summary>What was held back, when the generation ends otherwise.</summary>
    public void Finish(StringBuilder output)
    {
        output.Append(_held);
        _held.Clear();
    }

    private (int At, string? Stop) FirstMatch(string text)
    {
        var best = (At: int.MaxValue, Stop: (string?)null);
        foreach (var stop in _stops)
        {
            var at = text.IndexOf(stop, StringComparison.Ordinal);
            if (at >= 0 && at < best.At)
            {
                best = (at, stop);
            }
        }

        return best;
    }

    /// <summary>Length of the longest end of the text that a stop string begins with.</summary>
    private int Longest(string text)
    {
        var longest = 0;
        foreach (var stop in _stops)
        {
            for (var length = Math.Min(stop.Length - 1, text.Length); length > longest; length--)
            {
                if (text.AsSpan(text.Length - length).SequenceEqual(stop.AsSpan(0, length)))
                {
                    longest = length;
                    break;
                }
            }
        }

        return longest;
    }
}
