using System.Text;
using Ilab.Yaml;

namespace Ilab.Taxonomy.Tests;

/// <summary>A conflict is called by its name, wherever it stands.</summary>
public sealed class MergeConflictTests
{
    [Theory]
    [InlineData("version: 3\n<<<<<<< HEAD\ncreated_by: a\n=======\ncreated_by: b\n>>>>>>> feat\n", 2)]
    [InlineData("<<<<<<< ours\r\nversion: 2\r\n=======\r\nversion: 3\r\n>>>>>>> theirs\r\n", 1)]
    [InlineData("seed_examples:\n  - question: a\n<<<<<<< HEAD\n    answer: b\n||||||| base\n    answer: c\n=======\n    answer: d\n>>>>>>> feat\n", 3)]
    public void AConflictIsFoundAtItsLine(string text, int line)
    {
        Assert.Equal(line, MergeConflict.LineIn(Encoding.UTF8.GetBytes(text)));
        var verdict = TaxonomyChecker.Check(new TaxonomyFile("qna.yaml", "/qna.yaml", Encoding.UTF8.GetBytes(text), text.Length), SchemaMode.Ilab);
        Assert.Equal((line, "yaml:conflict"), Assert.Single(verdict.Findings.Select(static finding => (finding.Line, finding.Rule))));
    }

    [Theory]
    [InlineData("a: 1\n=======\nb: 2\n")]
    [InlineData("<<<<<<< HEAD\n=======\n")]
    [InlineData("text: |\n  <<<<<<< HEAD\n  =======\n  >>>>>>> feat\n")]
    [InlineData("<<<<<<<\n=======\n>>>>>>>\n")]
    public void WhatOnlyLooksLikeOneIsNone(string text) => Assert.Null(MergeConflict.LineIn(Encoding.UTF8.GetBytes(text)));
}
