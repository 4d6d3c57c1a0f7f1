using Ilab.Api.V1;
using Ilab.Cli.Output;

namespace Ilab.Cli.Commands.Taxonomy.Reports;

/// <summary>Verdicts as <see cref="Data"/>.</summary>
internal static class VerdictData
{
    public static Data Of(TaxonomyVerdict verdict) =>
        new Data()
            .Add("Path", verdict.Path)
            .Add("Valid", verdict.Valid)
            .Add("Kind", verdict.Kind)
            .Add("Version", verdict.Version)
            .Add("Errors", Errors(verdict))
            .Add("Warnings", Warnings(verdict))
            .Add("Findings", verdict.Findings.Select(Of).ToList());

    public static int Errors(TaxonomyVerdict verdict) => verdict.Findings.Count(static finding => finding.Level == TaxonomyLevel.Error) + (int)verdict.Omitted;

    public static int Warnings(TaxonomyVerdict verdict) => verdict.Findings.Count(static finding => finding.Level == TaxonomyLevel.Warning);

    public static string Level(TaxonomyFinding finding) => finding.Level == TaxonomyLevel.Warning ? "warning" : "error";

    public static string Sentence(TaxonomyFinding finding) => finding.Fix.Length > 0 ? $"{finding.Message}; {finding.Fix}" : finding.Message;

    private static Data Of(TaxonomyFinding finding) =>
        new Data()
            .Add("Path", finding.Path)
            .Add("Line", finding.Line)
            .Add("Column", finding.Column)
            .Add("Level", Level(finding))
            .Add("Rule", finding.Rule)
            .Add("Place", finding.Place)
            .Add("Message", finding.Message)
            .Add("Fix", finding.Fix)
            .Add("Fixable", finding.Fixable);
}
