using System.Text;
using Ilab.Cli.Terminal;

namespace Ilab.Cli.Tests.Terminal;

public sealed class EditSessionTests
{
    private const string Up = "\x1b[A",
        Down = "\x1b[B",
        Right = "\x1b[C",
        Left = "\x1b[D",
        CtrlLeft = "\x1b[1;5D";

    [Theory]
    [InlineData("hello", "hello", 5)]
    [InlineData("helo" + Left + "l", "hello", 4)]
    [InlineData("ab\u0001X", "Xab", 1)]
    [InlineData("ab\u0001\u0005X", "abX", 3)]
    [InlineData("one two\u0017X", "one X", 5)]
    [InlineData("one two\u0001\u000b", "", 0)]
    [InlineData("one two" + CtrlLeft + "\u0015", "two", 0)]
    [InlineData("one two" + CtrlLeft + "\u0015\u0005\u0019", "twoone ", 7)]
    [InlineData("ba\u0014", "ab", 2)]
    [InlineData("漢字\u007f", "漢", 1)]
    [InlineData("e\u0301x\u007f\u007f", "", 0)]
    [InlineData("a👩‍👩‍👧b" + Left + "\u007f", "ab", 1)]
    [InlineData("ab" + Left + "\u0004", "a", 1)]
    [InlineData("a" + Left + Left + "\u007f" + Right + Right + "b", "ab", 2)]
    public void KeysEditTheLine(string keys, string text, int cursor)
    {
        EditSession session = Typed(keys);
        Assert.Equal((text, cursor), (session.Buffer.Text, session.Buffer.Cursor));
    }

    [Fact]
    public void UpAndDownWalkTheHistoryAndComeBackToTheUnfinishedLine()
    {
        var history = new History();
        history.Add("first");
        history.Add("second");
        var session = new EditSession(history);
        Assert.Equal("second", After(session, "dra" + Up));
        Assert.Equal("first", After(session, Up));
        Assert.Equal("first", After(session, Up));
        Assert.Equal("second", After(session, Down));
        Assert.Equal("dra", After(session, Down));
        Assert.Equal("draft", After(session, "ft"));
    }

    [Fact]
    public void UpMovesInsideATextOfSeveralLinesBeforeItReachesTheHistory()
    {
        var history = new History();
        history.Add("old");
        var session = new EditSession(history, MultiLine.IsComplete);
        After(session, "first\\\rsecond\\\rx");
        Assert.Equal("first\\\nse_cond\\\nx", After(session, Up + Right + "_"));
        Assert.Equal("fir!st\\\nse_cond\\\nx", After(session, Up + "!"));
        Assert.Equal("old", After(session, Up));
        Assert.Equal("fir!st\\\nse_cond\\\nx", After(session, Down));
    }

    [Fact]
    public void EnterSendsOnlyWhatIsComplete()
    {
        var session = new EditSession(new History(), MultiLine.IsComplete);
        Assert.Equal(EditOutcome.Continue, Last(session, "\"\"\"one\r"));
        Assert.Equal(EditOutcome.Continue, Last(session, "two\r"));
        Assert.Equal(EditOutcome.Accept, Last(session, "three\"\"\"\r"));
        Assert.Equal("one\ntwo\nthree", MultiLine.Unwrap(session.Buffer.Text));
    }

    [Fact]
    public void APasteOfManyLinesIsOneEntry()
    {
        var session = new EditSession(new History(), MultiLine.IsComplete);
        Assert.Equal(EditOutcome.Continue, Last(session, "\x1b[200~a\r\nb\x1b[201~"));
        Assert.Equal(EditOutcome.Accept, Last(session, "\r"));
        Assert.Equal("a\nb", session.Buffer.Text);
    }

    [Fact]
    public void EndOfInputCountsOnAnEmptyLineOnly()
    {
        Assert.Equal(EditOutcome.EndOfInput, Last(new EditSession(new History()), "\u0004"));
        Assert.Equal(EditOutcome.Continue, Last(new EditSession(new History()), "a\u0004"));
        Assert.Equal(EditOutcome.Interrupted, Last(new EditSession(new History()), "a\u0003"));
    }

    [Fact]
    public void TabCompletesWhatIsCommonAndThenShowsTheRest()
    {
        var session = new EditSession(
            new History(),
            complete: t => [.. new[] { "/save", "/set", "/system" }.Where(c => c.StartsWith(t, StringComparison.Ordinal))]
        );
        Assert.Equal("/s", After(session, "/\t"));
        Assert.Equal("/s", After(session, "\t"));
        Assert.Equal(["/save", "/set", "/system"], session.Candidates);
        Assert.Equal("/save", After(session, "a\t"));
    }

    private static EditSession Typed(string keys)
    {
        var session = new EditSession(new History());
        After(session, keys);
        return session;
    }

    private static string After(EditSession session, string keys)
    {
        Last(session, keys);
        return session.Buffer.Text;
    }

    private static EditOutcome Last(EditSession session, string keys)
    {
        EditOutcome outcome = EditOutcome.Continue;
        foreach (Key key in new KeyParser().Feed(Encoding.UTF8.GetBytes(keys)))
            outcome = session.Apply(key);
        return outcome;
    }
}
