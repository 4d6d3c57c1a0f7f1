using Ilab.Taxonomy.Lint;

namespace Ilab.Taxonomy.Repair;

/// <summary>Moves each block that stands in the wrong column to where it belongs, with everything below it.</summary>
internal static class IndentRepair
{
    private const int MostRounds = 300;
    private const int MostRead = 20_000_000;

    public static string? Apply(string text)
    {
        var best = text;
        var count = Problems(text).Count;
        for (var round = 0; count > 0 && round < Math.Min(MostRounds, MostRead / text.Length); round++)
        {
            var problem = Problems(best)[0];
            if (problem.Expected < 0 || Moved(best, problem.Line, problem.Expected) is not { } next)
            {
                break;
            }

            try
            {
                var left = Problems(next).Count;
                if (left >= count)
                {
                    break;
                }

                (best, count) = (next, left);
            }
            catch (Yaml.YamlException)
            {
                break;
            }
        }

        return best;
    }

    private static List<LintProblem> Problems(string text) => [.. Fixer.Lint(text).Where(static problem => problem.Rule == "indentation")];

    private static string? Moved(string text, int line, int expected)
    {
        var lines = text.Split('\n');
        var found = Indent(lines[line - 1]);
        var delta = expected - found;
        for (var index = line - 1; index < lines.Length && (lines[index].Length == 0 || Indent(lines[index]) >= found); index++)
        {
            if (lines[index].Length > 0)
            {
                lines[index] = delta > 0 ? new string(' ', delta) + lines[index] : lines[index][-delta..];
            }
        }

        return delta == 0 ? null : string.Join('\n', lines);
    }

    private static int Indent(string line) => line.Length - line.TrimStart(' ').Length;
}
