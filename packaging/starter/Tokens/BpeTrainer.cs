using System.Text;

namespace Ilab.Starter.Tokens;

/// <summary>
/// Learns a vocabulary of pieces: begins with single characters and joins, again and again, the two neighbours that are met most often within words. A space
/// belongs to the word behind it. What is met too rarely to be a piece is written in bytes.
/// </summary>
internal sealed class BpeTrainer
{
    public const char Space = '\u2581';
    private readonly Dictionary<string, int> _words = new(StringComparer.Ordinal);

    public void Add(string text)
    {
        foreach (var word in Words(text))
        {
            _words[word] = _words.GetValueOrDefault(word) + 1;
        }
    }

    /// <summary>Pieces, the best first: characters, then what was joined, in the order in which it was.</summary>
    public IReadOnlyList<string> Train(int count)
    {
        var pieces = _words
            .SelectMany(static word => word.Key.Select(character => (Piece: character.ToString(), word.Value)))
            .GroupBy(static entry => entry.Piece)
            .OrderByDescending(static group => group.Sum(static entry => (long)entry.Value))
            .ThenBy(static group => group.Key, StringComparer.Ordinal)
            .Select(static group => group.Key)
            .ToList();
        var words = _words
            .OrderBy(static word => word.Key, StringComparer.Ordinal)
            .Select(static word => (Parts: word.Key.Select(static character => character.ToString()).ToList(), Count: word.Value))
            .ToList();
        while (pieces.Count < count && Best(words) is { } best)
        {
            pieces.Add(best.First + best.Second);
            words.ForEach(word => Join(word.Parts, best));
        }

        return pieces;
    }

    private static IEnumerable<string> Words(string text)
    {
        var word = new StringBuilder().Append(Space);
        foreach (var character in text.Replace(' ', Space))
        {
            // A word ends before a space, and between letters and everything else.
            if (character == Space || (word.Length > 0 && word[^1] != Space && char.IsLetter(word[^1]) != char.IsLetter(character)))
            {
                if (word.Length > 0 && word.ToString() != Space.ToString())
                {
                    yield return word.ToString();
                    word.Clear();
                }
            }

            if (character != Space || word.Length == 0)
            {
                word.Append(character);
            }
        }

        if (word.Length > 0)
        {
            yield return word.ToString();
        }
    }

    private static (string First, string Second)? Best(List<(List<string> Parts, int Count)> words)
    {
        var pairs = new Dictionary<(string, string), long>();
        foreach (var (parts, count) in words)
        {
            for (var index = 1; index < parts.Count; index++)
            {
                var pair = (parts[index - 1], parts[index]);
                pairs[pair] = pairs.GetValueOrDefault(pair) + count;
            }
        }

        return pairs.Count == 0
            ? null
            : pairs
                .OrderByDescending(static entry => entry.Value)
                .ThenBy(static entry => entry.Key.Item1 + " " + entry.Key.Item2, StringComparer.Ordinal)
                .First()
                .Key;
    }

    private static void Join(List<string> parts, (string First, string Second) pair)
    {
        for (var index = 1; index < parts.Count; index++)
        {
            if (parts[index - 1] == pair.First && parts[index] == pair.Second)
            {
                parts[index - 1] += parts[index];
                parts.RemoveAt(index);
            }
        }
    }
}
