using System.Text;

namespace Ilab.Taxonomy.Tests;

public sealed class TaxonomyCheckerTests
{
    [Fact]
    public void GoodFilesOfEveryVersionAreValid()
    {
        Assert.Empty(Qna.Check(Qna.Skill()).Errors());
        Assert.Empty(Qna.Check(Qna.Skill(version: "2")).Errors());
        Assert.Empty(Qna.Check(Qna.Skill(1, "1")).Errors());
        Assert.Empty(Qna.Check(Qna.Knowledge(), Qna.KnowledgePath).Errors());
        // version 1 is not looked at for style
        Assert.Empty(Qna.Check("task_description: ''\ncreated_by: a\nseed_examples:\n- question: q \n  answer: a").Errors());
    }

    [Fact]
    public void EveryProblemIsToldAtOnceWithLineColumnAndWhatToDo()
    {
        var verdict = Qna.Check(
            Qna.Skill(4).Replace("created_by: ada", "createdby: ada ", StringComparison.Ordinal).Replace("What is 2?", "12", StringComparison.Ordinal)
        );
        Assert.Equal(["lint:trailing-spaces@2", "required@1", "minItems@5", "type@11", "unevaluatedProperties@2"], verdict.Errors());
        Assert.Equal("rename createdby to created_by", verdict.Findings.First(static finding => finding.Rule == "required").Fix);
        var type = verdict.Findings.First(static finding => finding.Rule == "type");
        Assert.Equal(("seed_examples[2].question", 15, "put it in quotes: \"12\""), (type.Place, type.Column, type.Fix));
    }

    [Theory]
    [InlineData("version: 1", "deprecated-version@1")]
    [InlineData("version: 2", "deprecated-version@1")]
    [InlineData("version: 7", "no-such-version@1")]
    public void KnowledgeExistsInItsNewestVersionOnly(string version, string error) =>
        Assert.Equal([error], Qna.Check(Qna.Knowledge().Replace("version: 3", version, StringComparison.Ordinal), Qna.KnowledgePath).Errors());

    [Fact]
    public void TheRightMostRootFolderSaysWhatKindOfFileItIs()
    {
        Assert.Equal("knowledge", Qna.Check(Qna.Knowledge(), "/compositional_skills/x/knowledge/y/z/qna.yaml").Kind);
        Assert.Equal("compositional_skills", Qna.Check(Qna.Skill(), "/knowledge/compositional_skills/y/z/qna.yaml").Kind);
        Assert.Equal("knowledge", Qna.Check(Qna.Knowledge(), "/elsewhere/qna.yaml").Kind); // it has a document
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("# nothing\n", "empty")]
    [InlineData("0\n", "empty")]
    [InlineData("{}\n", "empty")]
    public void AnEmptyFileIsAWarning(string text, string rule)
    {
        var verdict = Qna.Check(text);
        Assert.True(verdict.IsValid);
        Assert.Equal(rule, Assert.Single(verdict.Findings).Rule);
    }

    [Theory]
    [InlineData("- a\n", "top-level@1")]
    [InlineData("a: b: c\n", "yaml:scanner@1")]
    [InlineData("a: [1\nb: 2\n", "yaml:parser@2")]
    [InlineData("a: *x\n", "yaml:composer@1")]
    [InlineData("a: 1\n---\nb: 1\n", "yaml:composer@2")]
    [InlineData("a: =\n", "yaml:constructor@1")]
    [InlineData("a: 2024-13-01\n", "yaml:constructor@1")]
    [InlineData("? [a]\n: b\n", "yaml:constructor@1")]
    [InlineData("a: \u0007\n", "yaml:reader@1")]
    public void WhatIsNoMappingOfYamlIsToldWithItsPlace(string text, string error) => Assert.Equal([error], Qna.Check(text).Errors());

    [Fact]
    public void BytesThatAreNotUtf8AreToldWithWhatTheyProbablyAre()
    {
        var finding = Assert.Single(Qna.Check(Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes(Qna.Skill())).ToArray()).Findings);
        Assert.Equal(("yaml:encoding", "the file is UTF-16: save it as UTF-8"), (finding.Rule, finding.Fix));
    }

    [Fact]
    public void TheNewestSchemaTakesEveryFileForItsOwnAndForgivesStyle()
    {
        var old = Qna.Check(Qna.Skill(version: "2"), mode: SchemaMode.Newest);
        Assert.Equal(["const@1"], old.Errors());
        var untidy = Qna.Check("\n\n" + Qna.Skill(), mode: SchemaMode.Newest);
        Assert.True(untidy.IsValid);
        Assert.Contains(untidy.Findings, static finding => finding is { Rule: "lint:empty-lines", Level: FindingLevel.Warning });
    }

    [Theory]
    [InlineData("qna.yml")]
    [InlineData("QNA.yaml")]
    [InlineData("questions.yaml")]
    public void AnotherNameIsAnError(string name) => Assert.Equal(["file-name@1"], Qna.Check(Qna.Skill(), "/t/knowledge/a/b/" + name).Errors());

    [Fact]
    public void EqualExamplesAreFoundWhateverTheOrderOfTheirKeys()
    {
        var text = Qna.Skill() + "  - answer: |\n      It is 3.\n    question: What is 3?\n";
        Assert.Equal(["uniqueItems@20"], Qna.Check(text).Errors());
    }

    [Fact]
    public void AtMostAThousandFindingsAreTold()
    {
        var verdict = Qna.Check(string.Concat(Enumerable.Range(0, 3000).Select(static i => $"k{i}:  {i}\n")) + "version: 3\n");
        Assert.Equal(1000, verdict.Findings.Count);
        Assert.False(verdict.IsValid);
    }
}
