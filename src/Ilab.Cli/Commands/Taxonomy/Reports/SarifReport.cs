using Ilab.Api.V1;
using Ilab.Cli.Commands.Host;
using Ilab.Cli.Output;

namespace Ilab.Cli.Commands.Taxonomy.Reports;

/// <summary>SARIF 2.1.0, for code scanning services.</summary>
internal static class SarifReport
{
    public static Data Of(IReadOnlyList<TaxonomyVerdict> verdicts)
    {
        var findings = verdicts.SelectMany(static verdict => verdict.Findings).ToList();
        var rules = findings
            .Select(static finding => finding.Rule)
            .Distinct()
            .Order(StringComparer.Ordinal)
            .Select(static rule => new Data().Add("id", rule))
            .ToList();
        var driver = new Data().Add("name", "ilab").Add("version", VersionCommand.Client).Add("rules", rules);
        var run = new Data()
            .Add("tool", new Data().Add("driver", driver))
            .Add("columnKind", "unicodeCodePoints")
            .Add("results", findings.Select(Result).ToList());
        return new Data().Add("$schema", "https://json.schemastore.org/sarif-2.1.0.json").Add("version", "2.1.0").Add("runs", new List<Data> { run });
    }

    private static Data Result(TaxonomyFinding finding) =>
        new Data()
            .Add("ruleId", finding.Rule)
            .Add("level", VerdictData.Level(finding))
            .Add("message", new Data().Add("text", VerdictData.Sentence(finding)))
            .Add("locations", new List<Data> { new Data().Add("physicalLocation", Location(finding)) });

    private static Data Location(TaxonomyFinding finding) =>
        new Data()
            .Add("artifactLocation", new Data().Add("uri", Uri(finding.Path)))
            .Add("region", new Data().Add("startLine", finding.Line).Add("startColumn", finding.Column));

    private static string Uri(string path) => (path.StartsWith('/') ? "file://" : "") + string.Join('/', path.Split('/').Select(System.Uri.EscapeDataString));
}
