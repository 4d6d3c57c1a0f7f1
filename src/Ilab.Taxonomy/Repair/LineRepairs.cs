using System.Text;
using Ilab.Taxonomy.Lint;
using Ilab.Yaml;

namespace Ilab.Taxonomy.Repair;

/// <summary>Repairs within lines, and of lines that are empty.</summary>
internal static class LineRepairs
{
    private const int MostEmpty = 2;
    private static readonly char[] Blanks = [' ', '\t', '\v', '\f', '\r'];

    /// <summary>No blanks at the end of lines, a line break at the end of the file.</summary>
    public static string TrimLines(string text)
    {
        var trimmed = string.Join('\n', text.Split('\n').Select(static line => line.TrimEnd(Blanks)));
        return trimmed.Length > 0 && !trimmed.EndsWith('\n') ? trimmed + "\n" : trimmed;
    }

    /// <summary>Blanks around colons, commas, hyphens, braces and brackets.</summary>
    public static string? NarrowGaps(string text)
    {
        var tokens = YamlDocument.Read(text).Tokens;
        var output = new StringBuilder(text.Length);
        var (copied, problems) = (0, new List<LintProblem>());
        for (var index = 1; index < tokens.Count; index++)
        {
            var (before, after) = (tokens[index - 1], tokens[index]);
            var gap = after.Start.Index - before.End.Index;
            problems.Clear();
            if (gap >= 0 && before.End.Line == after.Start.Line)
            {
                SpacingRules.Check(new TokenView(text, tokens, index - 1), problems);
                SpacingRules.Check(new TokenView(text, tokens, index), problems);
                if (problems.Count > 0 && text.AsSpan(before.End.Index, gap).Trim(' ').IsEmpty && Wanted(before, after, gap) is var wanted && wanted != gap)
                {
                    output.Append(text, copied, before.End.Index - copied).Append(' ', wanted);
                    copied = after.Start.Index;
                }
            }
        }

        return copied == 0 ? null : output.Append(text, copied, text.Length - copied).ToString();
    }

    /// <summary>No empty lines at the beginning and the end, two at most elsewhere.</summary>
    public static string DropEmptyLines(string text)
    {
        var lines = new List<string>();
        var empty = 0;
        foreach (var line in text.TrimStart('\n').TrimEnd('\n').Split('\n'))
        {
            empty = line.Length == 0 ? empty + 1 : 0;
            if (empty <= MostEmpty)
            {
                lines.Add(line);
            }
        }

        return string.Join('\n', lines) + "\n";
    }

    private static int Wanted(YamlToken before, YamlToken after, int gap)
    {
        if (after.Kind is YamlTokenKind.FlowEntry || (after.Kind == YamlTokenKind.Value && before.Kind != YamlTokenKind.Alias))
        {
            return 0;
        }

        return before.Kind == YamlTokenKind.FlowEntry ? 1 : Math.Min(gap, 1);
    }
}
