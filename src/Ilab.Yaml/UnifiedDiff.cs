using System.Globalization;
using System.Text;

namespace Ilab.Yaml;

/// <summary>The difference of two texts of which most lines are the same, as patch programs read it.</summary>
public static class UnifiedDiff
{
    private const int Context = 3;
    private const int LookAhead = 60;

    public static string Of(string path, string before, string after)
    {
        var (old, made) = (Lines(before), Lines(after));
        var edits = Edits(old, made);
        var output = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"--- a/{path.TrimStart('/')}\n+++ b/{path.TrimStart('/')}\n"));
        for (var first = 0; first < edits.Count; )
        {
            var last = first;
            while (last + 1 < edits.Count && edits[last + 1].Old - (edits[last].Old + edits[last].Removed) <= 2 * Context)
            {
                last++;
            }

            WriteHunk(output, old, made, edits[first..(last + 1)]);
            first = last + 1;
        }

        return output.ToString();
    }

    private static string[] Lines(string text)
    {
        var lines = text.Split('\n');
        for (var index = 0; index < lines.Length - 1; index++)
        {
            lines[index] += "\n";
        }

        return lines[^1].Length == 0 ? lines[..^1] : lines;
    }

    /// <summary>Runs of lines that differ. A line that was changed has changed in place; otherwise the next equal line nearby is looked for.</summary>
    private static List<(int Old, int Removed, int New, int Added)> Edits(string[] old, string[] made)
    {
        var edits = new List<(int Old, int Removed, int New, int Added)>();
        for (var (i, j) = (0, 0); i < old.Length || j < made.Length; )
        {
            if (i < old.Length && j < made.Length && old[i] == made[j])
            {
                (i, j) = (i + 1, j + 1);
                continue;
            }

            var (a, b) = Rejoin(old, made, i, j);
            edits.Add((i, a - i, j, b - j));
            (i, j) = (a, b);
        }

        return edits;
    }

    private static (int Old, int New) Rejoin(string[] old, string[] made, int i, int j)
    {
        for (var distance = 1; distance < LookAhead; distance++)
        {
            for (var removed = 0; removed <= distance; removed++)
            {
                var (a, b) = (i + removed, j + distance - removed);
                if (
                    a <= old.Length
                    && b <= made.Length
                    && ((a == old.Length && b == made.Length) || (a < old.Length && b < made.Length && old[a] == made[b] && old[a].Trim().Length > 0))
                )
                {
                    return (a, b);
                }
            }
        }

        return (old.Length, made.Length);
    }

    private static void WriteHunk(StringBuilder output, string[] old, string[] made, List<(int Old, int Removed, int New, int Added)> edits)
    {
        var lead = Math.Min(Context, edits[0].Old);
        var (end, newEnd) = (edits[^1].Old + edits[^1].Removed, edits[^1].New + edits[^1].Added);
        var trail = Math.Min(Context, old.Length - end);
        var (oldStart, newStart) = (edits[0].Old - lead, edits[0].New - lead);
        var (oldCount, newCount) = (end + trail - oldStart, newEnd + trail - newStart);

        // Of no lines, the place is the line before them.
        var (oldLine, newLine) = (oldCount == 0 ? oldStart : oldStart + 1, newCount == 0 ? newStart : newStart + 1);
        output.Append(CultureInfo.InvariantCulture, $"@@ -{oldLine},{oldCount} +{newLine},{newCount} @@\n");
        var at = oldStart;
        foreach (var edit in edits)
        {
            Write(output, ' ', old, at, edit.Old);
            Write(output, '-', old, edit.Old, edit.Old + edit.Removed);
            Write(output, '+', made, edit.New, edit.New + edit.Added);
            at = edit.Old + edit.Removed;
        }

        Write(output, ' ', old, at, end + trail);
    }

    private static void Write(StringBuilder output, char mark, string[] lines, int from, int to)
    {
        for (var index = from; index < to; index++)
        {
            output.Append(mark).Append(lines[index]).Append(lines[index].EndsWith('\n') ? "" : "\n\\ No newline at end of file\n");
        }
    }
}
