using Ilab.Cli.Chat.Text;

namespace Ilab.Cli.Tests.Chat.Text;

public sealed class SettingTextTests
{
    [Theory]
    [InlineData("a b", new[] { "a", "b" })]
    [InlineData("\"a b\" c", new[] { "a b", "c" })]
    [InlineData("\\n \"\\t\\\"\"", new[] { "\n", "\t\"" })]
    [InlineData("\"\"", new[] { "" })]
    [InlineData("  ", new string[0])]
    public void SplitsAndJoins(string text, string[] words)
    {
        Assert.Equal(words, SettingText.Split(text));
        Assert.Equal(words, SettingText.Split(SettingText.Join(words)));
    }
}
