namespace Ilab.Configuration.Runs.Migration;

/// <summary>The comments of a file that is written anew: each goes along with the key that it belongs to, the rest to the top of the new file.</summary>
internal sealed class OldComments
{
    private readonly string[] _lines;
    private readonly SortedDictionary<int, string> _left = [];

    public OldComments(string text)
    {
        _lines = text.Split('\n');
        for (var line = 0; line < _lines.Length; line++)
        {
            if (Start(_lines[line]) is >= 0 and var start && Words(_lines[line][start..]) is { Length: > 0 } words)
            {
                _left[line] = words;
            }
        }
    }

    /// <summary>Takes the comments above a key and behind it.</summary>
    /// <param name="number">Of the key's line, from 1.</param>
    /// <returns>Lines; empty = there are none.</returns>
    public string Take(int number)
    {
        var line = number - 1;
        var first = line;
        while (first > 0 && _lines[first - 1].TrimStart().StartsWith('#'))
        {
            first--;
        }

        var taken = _left.Where(comment => comment.Key >= first && comment.Key <= line).ToList();
        taken.ForEach(comment => _left.Remove(comment.Key));
        return string.Join('\n', taken.Select(static comment => comment.Value));
    }

    /// <summary>What nobody has taken, line by line.</summary>
    public string Rest() => string.Join('\n', _left.Values);

    /// <summary>Where a comment begins: at a number sign that is not part of a word and not in quotes; -1 = nowhere.</summary>
    private static int Start(string line)
    {
        var quote = '\0';
        for (var index = 0; index < line.Length; index++)
        {
            var letter = line[index];
            if (quote != '\0')
            {
                quote = letter == quote ? '\0' : quote;
            }
            else if (letter == '#' && (index == 0 || char.IsWhiteSpace(line[index - 1])))
            {
                return index;
            }
            else if (letter is '"' or '\'' && (index == 0 || !char.IsLetterOrDigit(line[index - 1])))
            {
                quote = letter;
            }
        }

        return -1;
    }

    private static string Words(string comment) => comment.Trim().TrimStart('#').Trim();
}
