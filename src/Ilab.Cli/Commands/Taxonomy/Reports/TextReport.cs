using Ilab.Api.V1;

namespace Ilab.Cli.Commands.Taxonomy.Reports;

/// <summary>One line per finding in the format of compilers: path, line, column, message, fix, rule.</summary>
internal static class TextReport
{
    public static async Task WriteAsync(TextWriter output, IEnumerable<TaxonomyVerdict> verdicts)
    {
        foreach (var verdict in verdicts)
        {
            foreach (var finding in verdict.Findings)
            {
                await output.WriteLineAsync(
                    Visible($"{finding.Path}:{finding.Line}:{finding.Column}: {VerdictData.Level(finding)}: {VerdictData.Sentence(finding)} [{finding.Rule}]")
                );
            }

            if (verdict.Omitted > 0)
            {
                await output.WriteLineAsync(Visible($"{verdict.Path}: {verdict.Omitted} more findings"));
            }
        }
    }

    public static string Summary(IReadOnlyList<TaxonomyVerdict> verdicts)
    {
        var (errors, warnings, invalid) = (
            verdicts.Sum(VerdictData.Errors),
            verdicts.Sum(VerdictData.Warnings),
            verdicts.Count(static verdict => !verdict.Valid)
        );
        var files = Count(verdicts.Count, "file");
        return (errors, warnings) switch
        {
            (0, 0) => $"{files} checked, all valid",
            (0, _) => $"{files} checked, all valid; {Count(warnings, "warning")}",
            _ => $"{files} checked: {Count(errors, "error")} in {Count(invalid, "file")}{(warnings > 0 ? $", {Count(warnings, "warning")}" : "")}",
        };
    }

    /// <summary>Keeps control characters in names and keys from reaching the terminal.</summary>
    public static string Visible(string line) => line.Any(char.IsControl) ? string.Concat(line.Select(static c => char.IsControl(c) ? '?' : c)) : line;

    private static string Count(int number, string noun) => $"{number} {noun}{(number == 1 ? "" : "s")}";
}
