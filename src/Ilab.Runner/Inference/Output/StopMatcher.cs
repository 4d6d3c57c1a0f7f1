using System.Text;

namespace Ilab.Runner.Inference.Output;

/// <summary>
/// Finds stop strings in streamed text. Text that may be the beginning of a stop string is held back until decided; the stop string itself is never output. The
/// earliest match wins, the longest of several.
/// </summary>
internal sealed class StopMatcher(IReadOnlyList<string> stops)
{
    private readonly string[] _stops = [.. stops.Where(static stop => stop.Length > 0).OrderByDescending(static stop => stop.Length)];
    private readonly StringBuilder _held = new();

    /// <summary>The stop string that matched.</summary>
    public string? Found { get; private set; }

    /// <summary>Adds text, and appends the part that is safe to output.</summary>
    /// <returns>Whether a stop string was found: there is no further output.</returns>
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

    /// <summary>Outputs the text held back, if the generation ends without a match.</summary>
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

    /// <summary>Length of the longest suffix of the text that is a prefix of a stop string.</summary>
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
