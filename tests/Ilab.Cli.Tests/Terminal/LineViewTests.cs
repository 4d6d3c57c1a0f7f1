using Ilab.Cli.Terminal;
using Ilab.Cli.Tests.Fixtures;

namespace Ilab.Cli.Tests.Terminal;

public sealed class LineViewTests
{
    private readonly LineView _view = new("> ", ". ");

    [Fact]
    public void ShowsThePromptTheTextAndTheCursor()
    {
        var screen = new Screen(20, 10);
        screen.Write(_view.Draw("hello", 2, 20, 10));
        Assert.Equal("> hello", screen.Text);
        Assert.Equal((0, 4), (screen.Row, screen.Column));
    }

    [Fact]
    public void LongTextGoesOnInTheNextRowAndShrinksAgain()
    {
        var screen = new Screen(10, 10);
        screen.Write(_view.Draw("0123456789abc", 13, 10, 10));
        Assert.Equal(["> 01234567", "89abc"], screen.Lines);
        Assert.Equal((1, 5), (screen.Row, screen.Column));
        screen.Write(_view.Draw("0123", 0, 10, 10));
        Assert.Equal(["> 0123"], screen.Lines);
        Assert.Equal((0, 2), (screen.Row, screen.Column));
    }

    [Fact]
    public void BehindAFullRowTheCursorIsInTheNextOne()
    {
        var screen = new Screen(10, 10);
        screen.Write(_view.Draw("01234567", 8, 10, 10));
        Assert.Equal((1, 0), (screen.Row, screen.Column));
        screen.Write(_view.Draw("012345678", 9, 10, 10));
        Assert.Equal("> 01234567\n8", screen.Text);
    }

    [Fact]
    public void AWideCharacterIsNeverCutAtTheMargin()
    {
        var screen = new Screen(9, 10);
        screen.Write(_view.Draw("漢字漢字", 4, 9, 10));
        Assert.Equal(["> 漢字漢", "字"], screen.Lines);
        Assert.Equal((1, 2), (screen.Row, screen.Column));
    }

    [Fact]
    public void LinesOfOneEntryHaveTheContinuationPrompt()
    {
        var screen = new Screen(20, 10);
        screen.Write(_view.Draw("one\ntwo", 1, 20, 10));
        Assert.Equal(["> one", ". two"], screen.Lines);
        Assert.Equal((0, 3), (screen.Row, screen.Column));
        screen.Write(_view.Finish() + "answer");
        Assert.Equal(["> one", ". two", "answer"], screen.Lines);
    }

    [Fact]
    public void ANarrowerWindowLeavesNoRemains()
    {
        // The terminal folds what it shows when it gets narrower; the editor must find its first row again.
        var folded = new Screen(10, 10);
        _view.Draw("0123456789abcdef", 16, 20, 10);
        folded.Write("before\r\n> 0123456789abcdef");
        Assert.Equal(["before", "> 01234567", "89abcdef"], folded.Lines);
        folded.Write(_view.Draw("0123456789abcdef", 16, 10, 10));
        Assert.Equal(["before", "> 01234567", "89abcdef"], folded.Lines);
    }

    [Fact]
    public void ATextTallerThanTheScreenShowsThePartAroundTheCursor()
    {
        var screen = new Screen(20, 4);
        string text = string.Join('\n', Enumerable.Range(0, 50));
        screen.Write(_view.Draw(text, text.Length, 20, 4));
        Assert.Equal([". 46", ". 47", ". 48", ". 49"], screen.Lines);
    }
}
