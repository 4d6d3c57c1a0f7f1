using System.Text;

namespace Ilab.Configuration.Runs.Migration;

/// <summary>Changes of a text by position; everything else, comments among it, stays as it is.</summary>
internal sealed class TextEdits(string text)
{
    private readonly List<(int Start, int End, string Text)> _edits = [];

    public bool IsEmpty => _edits.Count == 0;

    public void Replace(int start, int end, string by) => _edits.Add((start, end, by));

    /// <summary>Inserts before the line that a position is in.</summary>
    public void InsertLine(int position, string line)
    {
        var start = LineStart(position);
        _edits.Add((start, start, line + "\n"));
    }

    public void Append(string lines) => _edits.Add((text.Length, text.Length, (text.Length == 0 || text.EndsWith('\n') ? "" : "\n") + lines));

    /// <summary>Removes a pair of a block mapping: its line, and the lines below it that belong to it.</summary>
    /// <param name="key">Where the key begins.</param>
    /// <param name="end">Where a single value ends; the end of the key for other values.</param>
    /// <returns>False when the pair shares its line with others, which is then left alone.</returns>
    public bool RemovePair(int key, int end)
    {
        var start = LineStart(key);
        if (text[start..key].Trim().Length > 0)
        {
            return false;
        }

        var indentation = key - start;
        var next = LineEnd(end);
        while (next < text.Length)
        {
            var stop = LineEnd(next);
            var line = text[next..stop].TrimEnd('\n');
            var depth = line.Length - line.TrimStart(' ').Length;
            var isItem = depth == indentation && line.AsSpan(depth).StartsWith("- ");
            if (line.Trim().Length > 0 && depth <= indentation && !isItem)
            {
                break;
            }

            if (line.Trim().Length == 0)
            {
                // Empty lines at the end belong to what follows.
                var after = stop;
                while (after < text.Length && text[after..LineEnd(after)].Trim().Length == 0)
                {
                    after = LineEnd(after);
                }

                var below = after < text.Length ? text[after..LineEnd(after)] : "";
                if (below.Length - below.TrimStart(' ').Length <= indentation)
                {
                    break;
                }
            }

            next = stop;
        }

        _edits.Add((start, next, ""));
        return true;
    }

    public string Apply()
    {
        var output = new StringBuilder();
        var at = 0;
        foreach (var (start, end, by) in _edits.OrderBy(static edit => edit.Start).ThenBy(static edit => edit.End))
        {
            if (start < at)
            {
                continue; // inside of what was removed
            }

            output.Append(text, at, start - at).Append(by);
            at = end;
        }

        return output.Append(text, at, text.Length - at).ToString();
    }

    private int LineStart(int position) => position == 0 ? 0 : text.LastIndexOf('\n', position - 1) + 1;

    private int LineEnd(int position) => text.IndexOf('\n', Math.Min(position, text.Length)) is var at and >= 0 ? at + 1 : text.Length;
}
