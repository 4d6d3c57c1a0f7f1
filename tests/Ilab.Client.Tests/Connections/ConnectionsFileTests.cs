using Ilab.Client.Connections;
using Ilab.Client.Errors;

namespace Ilab.Client.Tests.Connections;

public sealed class ConnectionsFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ilab-connections-").FullName;

    private string Path => System.IO.Path.Combine(_folder, "connections.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void WhatIsWrittenIsRead()
    {
        var file = new ConnectionsFile(_folder);
        Assert.Same(ConnectionList.Empty, file.Read());
        var list = new ConnectionList([new NamedConnection("a \"quoted\" ü", "ssh://u@h", "/k/id"), new NamedConnection("b", "tcp://h:1")], "b");
        file.Write(list);
        var read = file.Read();
        Assert.Equal(list.Connections, read.Connections);
        Assert.Equal("b", read.Default);
    }

    [Theory]
    [InlineData("""{"Connections":[{"Name":"a","Url":"unix:///s"}]}""")]
    [InlineData("""{ "Connections": [ { "Name": "a", "Url": "unix:///s", "Identity": null, "Later": 1 } ], "Default": null }""")]
    public void WhatIsOptionalMayBeMissing(string json)
    {
        File.WriteAllText(Path, json);
        var read = new ConnectionsFile(_folder).Read();
        Assert.Equal(new NamedConnection("a", "unix:///s"), Assert.Single(read.Connections));
        Assert.Null(read.Default);
    }

    [Theory]
    [InlineData("[]", "expected an object")]
    [InlineData("""{"Connections":{}}""", "Connections is Object, not Array")]
    [InlineData("""{"Connections":[{"Name":"a"}]}""", "Url is missing")]
    [InlineData("""{"Connections":[{"Name":1,"Url":"u"}]}""", "Name is Number, not String")]
    [InlineData("{", "cannot read")]
    public void WhatIsWrongIsNamedWithTheFile(string json, string expected)
    {
        File.WriteAllText(Path, json);
        var error = Assert.Throws<IlabException>(() => new ConnectionsFile(_folder).Read());
        Assert.Contains(Path, error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }
}
