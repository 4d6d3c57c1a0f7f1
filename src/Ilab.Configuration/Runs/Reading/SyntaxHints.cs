using System.Text;
using Ilab.Configuration.Runs.Problems;
using Ilab.Yaml;

namespace Ilab.Configuration.Runs.Reading;

/// <summary>
/// Where a text that is no YAML went wrong. A reader notices a quote, a bracket or a colon that is missing only lines later, where something else no longer
/// fits; this looks back for the line that was meant otherwise.
/// </summary>
internal sealed class SyntaxHints
{
    private const int FarthestQuote = 12;
    private const int FarthestKey = 4;

    private readonly string[] _lines;
    private readonly bool[] _isText;

    private SyntaxHints(string text)
    {
        _lines = text.Split('\n');
        _isText = new bool[_lines.Length];
        MarkBlocks();
    }

    /// <param name="text">The file.</param>
    /// <param name="line">Where the reader gave up, from 1.</param>
    /// <returns>Null when no line before is suspicious.</returns>
    public static (ConfigPlace Place, string Message, string Fix)? Find(string text, int line)
    {
        var hints = new SyntaxHints(text);
        return Conflict(text) ?? hints.Blank(line) ?? hints.Quote(line) ?? hints.Bracket(line) ?? hints.Colon(line) ?? hints.Indentation(line);
    }

    private static (ConfigPlace, string, string)? Conflict(string text) =>
        MergeConflict.LineIn(Encoding.UTF8.GetBytes(text)) is { } line ? (new ConfigPlace(line, 1), MergeConflict.Message, MergeConflict.Fix) : null;

    /// <summary>Blanks that are none for YAML, at the beginning of a line.</summary>
    private (ConfigPlace, string, string)? Blank(int line)
    {
        foreach (var index in Before(line, FarthestKey))
        {
            var start = Indent(_lines[index]);
            if (start < _lines[index].Length && _lines[index][start] is var c && c != '\t' && char.IsWhiteSpace(c))
            {
                return (new ConfigPlace(index + 1, start + 1), $"indented with the character U+{(int)c:X4}, which is no blank here", "use spaces");
            }
        }

        return null;
    }

    private (ConfigPlace, string, string)? Quote(int line)
    {
        foreach (var index in Before(line, FarthestQuote))
        {
            var start = ValueStart(_lines[index]);
            if (start < _lines[index].Length && _lines[index][start] is '"' or '\'' && Close(_lines[index], start) < 0)
            {
                return (new ConfigPlace(index + 1, start + 1), "the quote that begins here has no end", $"put {_lines[index][start]} at the end of the text");
            }
        }

        return null;
    }

    private (ConfigPlace, string, string)? Bracket(int line)
    {
        foreach (var index in Before(line, FarthestQuote))
        {
            var start = ValueStart(_lines[index]);
            if (start >= _lines[index].Length || _lines[index][start] is not ('[' or '{'))
            {
                continue;
            }

            var depth = 0;
            for (var at = index; at < Math.Min(line, _lines.Length); at++)
            {
                depth += Depth(at == index ? _lines[at][start..] : _lines[at]);
                if (at > index && depth > 0 && IsKey(_lines[at]))
                {
                    break; // a key of a block inside of brackets: they were to end before it
                }

                if (depth <= 0)
                {
                    break;
                }
            }

            if (depth > 0)
            {
                var end = _lines[index][start] == '[' ? ']' : '}';
                return (
                    new ConfigPlace(index + 1, start + 1),
                    $"the {_lines[index][start]} that stands here has no end",
                    $"put {end} where the list or mapping ends"
                );
            }
        }

        return null;
    }

    private (ConfigPlace, string, string)? Colon(int line)
    {
        foreach (var index in Before(line, FarthestKey))
        {
            var content = Content(_lines[index]);
            if (content.StartsWith('-') || content.StartsWith('#') || content.Length == 0 || IsKey(_lines[index]))
            {
                continue;
            }

            var colon = content.IndexOf(':', StringComparison.Ordinal);
            var column = Indent(_lines[index]) + 1;
            return colon > 0 && content.AsSpan(0, colon).IndexOfAny(' ', '"', '\'') < 0
                ? (new ConfigPlace(index + 1, column + colon), "a blank is missing behind the colon", $"write {content[..colon]}: {content[(colon + 1)..]}")
                : (
                    new ConfigPlace(index + 1, column),
                    "a line without a key and a colon",
                    "write key: value, or indent the line deeper when it goes on with a text"
                );
        }

        return null;
    }

    /// <summary>A first line of a section that is indented otherwise than all that follow it.</summary>
    private (ConfigPlace, string, string)? Indentation(int line)
    {
        var (error, last) = (line - 1, Before(line - 1, 1).FirstOrDefault(-1));
        if (error >= _lines.Length || last < 1 || Indent(_lines[last]) == Indent(_lines[error]))
        {
            return null;
        }

        var parent = Before(last, 1).FirstOrDefault(-1);
        return parent >= 0 && Content(_lines[parent]).TrimEnd().EndsWith(':') && Indent(_lines[parent]) < Indent(_lines[error])
            ? (
                new ConfigPlace(last + 1, Indent(_lines[last]) + 1),
                $"indented by {Indent(_lines[last])} blanks, and what follows by {Indent(_lines[error])}",
                "indent the lines of a section alike"
            )
            : null;
    }

    /// <summary>Indexes of lines with content, up to a line and from there backwards.</summary>
    private IEnumerable<int> Before(int line, int most)
    {
        for (var index = Math.Min(line, _lines.Length) - 1; index >= 0 && most > 0; index--)
        {
            if (!_isText[index] && Content(_lines[index]) is { Length: > 0 } content && !content.StartsWith('#'))
            {
                most--;
                yield return index;
            }
        }
    }

    private static bool IsKey(string line)
    {
        var content = Content(line);
        return content.Contains(": ", StringComparison.Ordinal) || content.EndsWith(':') || content.StartsWith('"') || content is "---" or "...";
    }

    private static string Content(string line)
    {
        var comment = line.IndexOf(" #", StringComparison.Ordinal);
        return (comment < 0 ? line : line[..comment]).Trim();
    }

    private static int Indent(string line) => line.Length - line.TrimStart(' ').Length;

    /// <summary>Where the value of a key or of an item begins.</summary>
    private static int ValueStart(string line)
    {
        var colon = line.IndexOf(": ", StringComparison.Ordinal);
        var start =
            colon >= 0 ? colon + 2
            : line.TrimStart().StartsWith("- ", StringComparison.Ordinal) ? line.IndexOf('-', StringComparison.Ordinal) + 2
            : line.Length;
        while (start < line.Length && line[start] == ' ')
        {
            start++;
        }

        return start;
    }

    private static int Close(string line, int start)
    {
        for (var index = start + 1; index < line.Length; index++)
        {
            if (line[index] == '\\' && line[start] == '"')
            {
                index++;
            }
            else if (line[index] == line[start])
            {
                if (line[start] == '\'' && index + 1 < line.Length && line[index + 1] == '\'')
                {
                    index++;
                    continue;
                }

                return index;
            }
        }

        return -1;
    }

    private static int Depth(string text) =>
        Content(text)
            .Sum(static c =>
                c is '[' or '{' ? 1
                : c is ']' or '}' ? -1
                : 0
            );

    /// <summary>Lines below a | or a > are text, whatever they look like.</summary>
    private void MarkBlocks()
    {
        for (var index = 0; index < _lines.Length; index++)
        {
            var content = Content(_lines[index]);
            if (content.TrimEnd('-', '+', '1', '2', '3', '4').LastOrDefault() is not ('|' or '>') || !IsKey(_lines[index] + " "))
            {
                continue;
            }

            var depth = Indent(_lines[index]);
            while (index + 1 < _lines.Length && (_lines[index + 1].Trim().Length == 0 || Indent(_lines[index + 1]) > depth))
            {
                _isText[++index] = true;
            }
        }
    }
}
