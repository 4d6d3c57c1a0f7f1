using System.Text;
using Ilab.Taxonomy.Lint;
using Ilab.Yaml;

namespace Ilab.Taxonomy.Repair;

/// <summary>
/// Repairs what needs no thought: blanks, line ends, empty lines, indentation. Each kind of repair is kept only if the file still means the same, apart from
/// blanks at the end of lines of its texts.
/// </summary>
internal static class Fixer
{
    private const int Longest = 1 << 20;

    private static readonly Func<string, string?>[] Steps = [LineRepairs.TrimLines, LineRepairs.NarrowGaps, LineRepairs.DropEmptyLines, IndentRepair.Apply];

    /// <summary>Null when nothing can be repaired.</summary>
    public static FileFix? Repair(TaxonomyFile file, YamlDocument document)
    {
        if (document.Text.Length > Longest || Meaning(document) is not { } meaning)
        {
            return null;
        }

        var text = document.Text;
        foreach (var step in Steps)
        {
            if (step(text) is { } next && next != text && MeansTheSame(next, meaning))
            {
                text = next;
            }
        }

        if (text == document.Text)
        {
            return null;
        }

        var raw = Encoding.UTF8.GetString(file.Content.Span);
        var ending =
            raw.Contains("\r\n", StringComparison.Ordinal) ? "\r\n"
            : raw.Contains('\r', StringComparison.Ordinal) ? "\r"
            : "\n";
        var repaired = Linter.Run(document.Text, document.Tokens).Count - Lint(text).Count;
        var content = Encoding.UTF8.GetBytes(ending == "\n" ? text : text.Replace("\n", ending, StringComparison.Ordinal));
        return new FileFix(content, UnifiedDiff.Of(file.Path, document.Text, text), Math.Max(0, repaired));
    }

    internal static IReadOnlyList<LintProblem> Lint(string text)
    {
        var document = YamlDocument.Read(text);
        return Linter.Run(document.Text, document.Tokens);
    }

    private static bool MeansTheSame(string text, UInt128 meaning)
    {
        try
        {
            return Meaning(YamlDocument.Read(text)) == meaning;
        }
        catch (YamlException)
        {
            return false;
        }
    }

    /// <summary>Null when it goes on too deeply to be compared.</summary>
    private static UInt128? Meaning(YamlDocument document)
    {
        try
        {
            return document.Root is null ? 0 : new YamlIdentity(WithoutBlanks).Of(document.Root);
        }
        catch (YamlException)
        {
            return null;
        }
    }

    /// <summary>Without blanks at the end of lines, and without the line break that a text at the end of the file gets.</summary>
    private static string WithoutBlanks(string text)
    {
        var lines = text.Split('\n');
        return string.Join('\n', (lines[^1].Length == 0 ? lines[..^1] : lines).Select(static line => line.TrimEnd()));
    }
}
