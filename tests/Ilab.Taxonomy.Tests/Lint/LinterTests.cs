namespace Ilab.Taxonomy.Tests.Lint;

public sealed class LinterTests
{
    [Theory]
    [InlineData("a:  1\n", "colons@1")]
    [InlineData("a : 1\n", "colons@1")]
    [InlineData("a: [1,2]\n", "commas@1")]
    [InlineData("a: [1 , 2]\n", "commas@1")]
    [InlineData("a: [  1]\n", "brackets@1")]
    [InlineData("a: {b: 1  }\n", "braces@1")]
    [InlineData("a:\n-  1\n", "hyphens@2")]
    [InlineData("a: 1\n\n\n\nb: 2\n", "empty-lines@4")]
    [InlineData("\na: 1\n", "empty-lines@1")]
    [InlineData("a: 1\n\n", "empty-lines@2")]
    [InlineData("a: 1\na: 2\n", "key-duplicates@2")]
    [InlineData("a: 1", "new-line-at-end-of-file@1")]
    [InlineData("a: 1 # x \n", "trailing-spaces@1")]
    [InlineData("a:\n  b: 1\nc:\n   d: 1\n", "indentation@4")]
    [InlineData("a:\n- 1\nb:\n  - 1\n", "indentation@4")]
    [InlineData("a: 1\n\n\nb: 2\n", "")]
    [InlineData("a: [ 1, {b: 2 } ]\n", "")]
    [InlineData("a: &x 1\n*x : 2\n", "")]
    [InlineData("a:\n  - 1\nb:\n  - - 2\n    - 3\n", "")]
    [InlineData("a:  1 # yamllint disable-line\nb:  2\n", "colons@2")]
    [InlineData("# yamllint disable rule:colons\na:  1\n# yamllint enable rule:colons\nb:  2\n", "colons@4")]
    [InlineData("# yamllint disable-file\na:  1", "")]
    public void FindingsOfStyleAreThoseOfTheRelaxedRules(string text, string expected)
    {
        // Unknown keys are not what this is about: only findings of style are compared.
        var found = Qna.Check(text, mode: Taxonomy.SchemaMode.Newest)
            .Findings.Where(static finding => finding.Rule.StartsWith("lint:", StringComparison.Ordinal))
            .Select(static finding => $"{finding.Rule[5..]}@{finding.Line}");
        Assert.Equal(expected, string.Join(' ', found));
    }
}
