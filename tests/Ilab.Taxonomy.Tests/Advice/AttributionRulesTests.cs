using System.Text;

namespace Ilab.Taxonomy.Tests.Advice;

public sealed class AttributionRulesTests
{
    private const string Good = "Title of work: A\nLink to work: https://example.org\nRevision: 1\nLicense of the work: CC-BY-4.0\nCreator names: Ada\n";

    [Theory]
    [InlineData(null, "attribution:missing@1")]
    [InlineData("  \n", "attribution:empty@1")]
    [InlineData(Good, "")]
    [InlineData(Good + "\nTitle of work: B\nLink to work: -\nRevision: 2\nLicense of the work: MIT\n", "attribution:field@7")]
    [InlineData("Title of work: A\nLink to work: -\nLicense of the work: CC-BY-NC-4.0\nCreator names: Ada\nRevision: 1\n", "attribution:license@1")]
    public void TheOriginOfTextsIsAskedForAndDoesNotDecide(string? text, string expected)
    {
        var bytes = Encoding.UTF8.GetBytes(Qna.Knowledge());
        var attribution = new Attribution(text is not null, Encoding.UTF8.GetBytes(text ?? ""));
        var verdict = TaxonomyChecker.Check(new TaxonomyFile("b/qna.yaml", Qna.KnowledgePath, bytes, bytes.Length, attribution), SchemaMode.Ilab);
        Assert.True(verdict.IsValid);
        Assert.Equal(expected, string.Join(' ', verdict.Findings.Select(static finding => $"{finding.Rule}@{finding.Line}")));
        Assert.All(verdict.Findings, finding => Assert.Equal(text is null ? "b/qna.yaml" : "b/attribution.txt", finding.Path));
    }
}
