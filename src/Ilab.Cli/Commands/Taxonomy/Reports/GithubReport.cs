using Ilab.Api.V1;

namespace Ilab.Cli.Commands.Taxonomy.Reports;

/// <summary>Workflow commands of GitHub Actions: each finding becomes an annotation of its line.</summary>
internal static class GithubReport
{
    public static async Task WriteAsync(TextWriter output, IEnumerable<TaxonomyVerdict> verdicts)
    {
        foreach (var finding in verdicts.SelectMany(static verdict => verdict.Findings))
        {
            await output.WriteLineAsync(
                $"::{VerdictData.Level(finding)} file={Property(finding.Path)},line={finding.Line},col={finding.Column},title={Property(finding.Rule)}::"
                    + $"{Message(
                    VerdictData.Sentence(finding))}"
            );
        }
    }

    private static string Message(string text) =>
        text.Replace("%", "%25", StringComparison.Ordinal).Replace("\r", "%0D", StringComparison.Ordinal).Replace("\n", "%0A", StringComparison.Ordinal);

    private static string Property(string text) => Message(text).Replace(":", "%3A", StringComparison.Ordinal).Replace(",", "%2C", StringComparison.Ordinal);
}
