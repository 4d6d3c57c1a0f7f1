using Ilab.Api.V1;
using Ilab.Cli.Chat;
using Ilab.Client.Errors;

namespace Ilab.Cli.Tests.Chat;

public sealed class SavedChatTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("ilab-chats-").FullName;

    private string FilePath => Path.Combine(_directory, "new", "story.json");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void WhatWasSavedComesBack()
    {
        var session = new ChatSession("tiny:latest") { System = "Be kind.\n\"Really\"" };
        session.Add("user", "Grüße 漢字 😀 <b>");
        session.Add("assistant", "line\nline");
        foreach (Setting setting in SettingTable.All)
            setting.Set(
                session.Settings,
                setting.Name switch
                {
                    "stop" => "\"a b\" \\n",
                    "device" => "cuda0",
                    "priority" => "batch",
                    _ => "1",
                }
            );
        SavedChat.Save(session, FilePath);

        ChatSession loaded = SavedChat.Load(FilePath);
        Assert.Equal((session.Model, session.System), (loaded.Model, loaded.System));
        Assert.Equal(session.Messages, loaded.Messages);
        Assert.All(SettingTable.All, s => Assert.Equal(s.Get(session.Settings), s.Get(loaded.Settings)));
        Assert.Contains("Grüße 漢字", File.ReadAllText(FilePath), StringComparison.Ordinal);
        Assert.Equal([FilePath], Directory.GetFiles(Path.GetDirectoryName(FilePath)!));
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{\"version\":2,\"messages\":[]}")]
    [InlineData("{\"version\":1,\"messages\":[1]}")]
    [InlineData("{\"version\":1,\"messages\":[],\"settings\":{\"volume\":\"11\"}}")]
    [InlineData("{\"version\":1,\"messages\":[],\"settings\":{\"top_p\":7}}")]
    public void AnotherFileIsNamedInOneLine(string content)
    {
        string path = Path.Combine(_directory, "x.json");
        File.WriteAllText(path, content);
        IlabException error = Assert.Throws<IlabException>(() => SavedChat.Load(path));
        Assert.StartsWith($"{path} is not a saved chat: ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void AMissingFileIsNotFound() =>
        Assert.Equal(ErrorKind.NotFound, Assert.Throws<IlabException>(() => SavedChat.Load(Path.Combine(_directory, "none.json"))).Kind);

    [Fact]
    public void APlaceThatCannotBeWrittenIsNamed()
    {
        File.WriteAllText(Path.Combine(_directory, "file"), "");
        string path = Path.Combine(_directory, "file", "x.json");
        Assert.StartsWith(path, Assert.Throws<IlabException>(() => SavedChat.Save(new ChatSession("m"), path)).Message, StringComparison.Ordinal);
    }
}
