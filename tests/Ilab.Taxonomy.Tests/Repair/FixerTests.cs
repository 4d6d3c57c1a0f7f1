using System.Text;

namespace Ilab.Taxonomy.Tests.Repair;

public sealed class FixerTests
{
    [Fact]
    public void BlanksEmptyLinesAndTheEndOfTheFileAreRepairedAndShown()
    {
        var untidy = "\n" + Qna.Skill().Replace("created_by: ada", "created_by:   ada  ", StringComparison.Ordinal).TrimEnd('\n');
        var fix = Qna.Check(untidy, fix: true).Fix!;
        Assert.Equal(Qna.Skill(), Encoding.UTF8.GetString(fix.Content.Span));
        Assert.Contains("-created_by:   ada  \n+created_by: ada\n", fix.Diff, StringComparison.Ordinal);
        Assert.Equal(4, fix.Repaired);
        Assert.Empty(Qna.Check(fix.Content.ToArray()).Errors());
    }

    [Fact]
    public void ABlockInTheWrongColumnMovesWithAllThatIsBelowIt()
    {
        var text =
            "version: 3\ncreated_by: a\ntask_description: t\nseed_examples:\n"
            + string.Concat(Enumerable.Range(0, 5).Select(static i => $"- question: q{i}\n  answer: |\n    a{i}\n"))
            + "x:\n  - b: |\n      c\n    d: e\n";
        var verdict = Qna.Check(text, fix: true);
        Assert.Contains("lint:indentation@21", verdict.Errors());
        Assert.EndsWith("x:\n- b: |\n    c\n  d: e\n", Encoding.UTF8.GetString(verdict.Fix!.Content.Span), StringComparison.Ordinal);
    }

    [Fact]
    public void WhatWouldChangeTheMeaningStaysAsItIs()
    {
        var text = Qna.Skill() + "  - question: |+\n      q\n\n\n\n\n    answer: b  \n";
        var fixedText = Encoding.UTF8.GetString(Qna.Check(text, fix: true).Fix!.Content.Span);
        Assert.Contains("q\n\n\n\n\n    answer: b\n", fixedText, StringComparison.Ordinal);
    }

    [Fact]
    public void LineEndsOfAnotherSystemAreKept()
    {
        var text = Qna.Skill().Replace("ada", "ada ", StringComparison.Ordinal).Replace("\n", "\r\n", StringComparison.Ordinal);
        Assert.Equal(Qna.Skill().Replace("\n", "\r\n", StringComparison.Ordinal), Encoding.UTF8.GetString(Qna.Check(text, fix: true).Fix!.Content.Span));
    }

    [Fact]
    public void AFileWithoutFindingsOfStyleIsLeftAlone()
    {
        Assert.Null(Qna.Check(Qna.Skill(), fix: true).Fix);
        Assert.Null(Qna.Check(Qna.Skill(3), fix: true).Fix);
        Assert.Null(Qna.Check("a: [\n", fix: true).Fix);
    }
}
