using Ilab.Cli.Terminal;

namespace Ilab.Cli.Tests.Terminal;

public sealed class CharWidthTests
{
    [Theory]
    [InlineData("abc", 3)]
    [InlineData("é", 1)]
    [InlineData("e\u0301", 1)]
    [InlineData("漢字", 4)]
    [InlineData("한국", 4)]
    [InlineData("ｆ", 2)]
    [InlineData("😀", 2)]
    [InlineData("👩‍👩‍👧", 2)]
    [InlineData("❤️", 2)]
    [InlineData("a\u200bb", 2)]
    [InlineData("", 0)]
    public void CountsColumns(string text, int columns) => Assert.Equal(columns, CharWidth.OfText(text));
}
