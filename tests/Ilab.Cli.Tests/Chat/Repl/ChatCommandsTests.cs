using Ilab.Cli.Chat.Repl;

namespace Ilab.Cli.Tests.Chat.Repl;

public sealed class ChatCommandsTests
{
    [Theory]
    [InlineData("/help", true)]
    [InlineData("/nonsense x", true)]
    [InlineData("/usr/bin is a folder", false)]
    [InlineData("and/or", false)]
    public void OnlyASlashWordIsACommand(string text, bool command) => Assert.Equal(command, ChatCommands.IsCommand(text));

    [Theory]
    [InlineData("/hlep", "/help")]
    [InlineData("/sytem be kind", "/system")]
    [InlineData("/quti", "/quit")]
    [InlineData("/sav", "/save")]
    [InlineData("/elephant", null)]
    public void AnUnknownCommandSuggestsTheNearest(string text, string? suggestion) => Assert.Equal(suggestion, ChatCommands.Suggest(text));

    [Fact]
    public void TabKnowsCommandsAndSettings()
    {
        Assert.Equal(["/system ", "/set ", "/save "], ChatCommands.Complete("/s"));
        Assert.Equal(["/set temperature "], ChatCommands.Complete("/set te"));
        Assert.Empty(ChatCommands.Complete("hello"));
    }
}
