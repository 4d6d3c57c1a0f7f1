using Ilab.Cli.Terminal;

namespace Ilab.Cli.Tests.Terminal;

public sealed class MultiLineTests
{
    [Theory]
    [InlineData("hello", true)]
    [InlineData("hello\\", false)]
    [InlineData("C:\\\\", true)]
    [InlineData("one\\\ntwo", true)]
    [InlineData("\"\"\"", false)]
    [InlineData("\"\"\"one\ntwo", false)]
    [InlineData("\"\"\"one\ntwo\"\"\"", true)]
    [InlineData("/system \"\"\"be", false)]
    [InlineData("in a text \"\"\" means nothing", true)]
    public void KnowsWhenAnEntryIsComplete(string text, bool complete) => Assert.Equal(complete, MultiLine.IsComplete(text));

    [Theory]
    [InlineData("one\\\ntwo", "one\ntwo")]
    [InlineData("\"\"\"\none\ntwo\n\"\"\"", "one\ntwo")]
    [InlineData("\"\"\"one\"\"\"", "one")]
    [InlineData("/system \"\"\"be\nkind\"\"\"", "/system be\nkind")]
    [InlineData("a\nb", "a\nb")]
    public void RemovesTheMarksThatHeldTheLinesTogether(string text, string message) => Assert.Equal(message, MultiLine.Unwrap(text));
}
