using System.Text;
using Ilab.Cli.Terminal;

namespace Ilab.Cli.Tests.Terminal;

public sealed class KeyParserTests
{
    [Theory]
    [InlineData("\x1b[A", KeyKind.Up)]
    [InlineData("\x1bOA", KeyKind.Up)]
    [InlineData("\x1b[B", KeyKind.Down)]
    [InlineData("\x1b[C", KeyKind.Right)]
    [InlineData("\x1b[D", KeyKind.Left)]
    [InlineData("\x1b[1;5C", KeyKind.WordRight)]
    [InlineData("\x1b[1;3D", KeyKind.WordLeft)]
    [InlineData("\x1b[1;2D", KeyKind.Left)]
    [InlineData("\x1b[H", KeyKind.Home)]
    [InlineData("\x1b[1~", KeyKind.Home)]
    [InlineData("\x1b[7~", KeyKind.Home)]
    [InlineData("\x1bOF", KeyKind.End)]
    [InlineData("\x1b[4~", KeyKind.End)]
    [InlineData("\x1b[3~", KeyKind.Delete)]
    [InlineData("\x1b[3;5~", KeyKind.DeleteWordRight)]
    [InlineData("\x1b" + "b", KeyKind.WordLeft)]
    [InlineData("\x1b\x7f", KeyKind.DeleteWordLeft)]
    [InlineData("\x1b\r", KeyKind.Newline)]
    [InlineData("\u0003", KeyKind.Interrupt)]
    [InlineData("\u0004", KeyKind.EndOfInput)]
    [InlineData("\u000b", KeyKind.DeleteToEnd)]
    [InlineData("\u0015", KeyKind.DeleteToStart)]
    [InlineData("\u0017", KeyKind.DeleteWordLeft)]
    [InlineData("\u000c", KeyKind.ClearScreen)]
    [InlineData("\r", KeyKind.Enter)]
    [InlineData("\x7f", KeyKind.Backspace)]
    public void KnowsTheKeysOfTerminals(string bytes, KeyKind expected)
    {
        Assert.Equal(expected, Assert.Single(new KeyParser().Feed(Encoding.UTF8.GetBytes(bytes))).Kind);
    }

    [Fact]
    public void TakesBytesCutAnywhere()
    {
        var parser = new KeyParser();
        var keys = new List<Key>();
        foreach (byte b in Encoding.UTF8.GetBytes("é漢😀\x1b[1;5C\x1b[200~a\r\nb\x1b[201~z"))
            keys.AddRange(parser.Feed([b]));
        Assert.Equal(
            [
                new(KeyKind.Text, "é"),
                new(KeyKind.Text, "漢"),
                new(KeyKind.Text, "😀"),
                new(KeyKind.WordRight),
                new(KeyKind.Paste, "a\nb"),
                new Key(KeyKind.Text, "z"),
            ],
            keys
        );
    }

    [Fact]
    public void BytesThatAreNoTextBecomeOneReplacementEach()
    {
        IReadOnlyList<Key> keys = new KeyParser().Feed([0xff, 0xc3, (byte)'a']);
        Assert.Equal(["\ufffd", "\ufffd", "a"], keys.Select(k => k.Text));
    }

    [Fact]
    public void PastedControlCharactersDoNotReachTheLine()
    {
        Key key = Assert.Single(new KeyParser().Feed("\x1b[200~rm\x1b[2J -rf\u0003\tx\x1b[201~"u8));
        Assert.Equal(new Key(KeyKind.Paste, "rm[2J -rf\tx"), key);
    }

    [Fact]
    public void ALoneEscapeIsTheEscapeKeyOnceNothingFollows()
    {
        var parser = new KeyParser();
        Assert.Empty(parser.Feed([0x1b]));
        Assert.True(parser.AwaitsMore);
        Assert.Equal(KeyKind.Escape, Assert.Single(parser.Flush()).Kind);
        Assert.False(parser.AwaitsMore);
        Assert.Equal("b", Assert.Single(parser.Feed("b"u8)).Text);
    }

    [Fact]
    public void UnknownSequencesChangeNothing()
    {
        IReadOnlyList<Key> keys = new KeyParser().Feed("\x1b[?1;2cx\x1b[15~y"u8);
        Assert.Equal("xy", string.Concat(keys.Select(k => k.Text)));
    }
}
