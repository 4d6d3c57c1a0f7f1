using Ilab.Client.Connections;
using Ilab.Client.Errors;

namespace Ilab.Client.Tests.Connections;

/// <summary>Which service a command talks to.</summary>
public sealed class ConnectionResolverTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("ilab-client-");
    private readonly Dictionary<string, string> _environment = [];

    public ConnectionResolverTests()
    {
        _environment["HOME"] = _root.FullName;
        _environment["XDG_RUNTIME_DIR"] = _root.FullName;
    }

    public void Dispose() => _root.Delete(recursive: true);

    [Fact]
    public void TheUserSocketIsTheDefaultAndMayBeStarted()
    {
        var endpoint = Resolve(new ConnectionOptions());
        Assert.Equal($"unix://{_root.FullName}/ilab/ilabd.sock", endpoint.ToString());
        Assert.True(endpoint.MayAutostart);
        Assert.False(Resolve(new ConnectionOptions(NoAutostart: true)).MayAutostart);
    }

    [Fact]
    public void WhatIsSaidLouderWins()
    {
        new ConnectionsFile(Path.Combine(_root.FullName, ".config", "models")).Write(new ConnectionList([new("a", "tcp://a:1"), new("b", "tcp://b:2")], "a"));
        Assert.Equal("tcp://a:1", Resolve(new ConnectionOptions()).ToString());
        _environment["ILAB_CONNECTION"] = "b";
        Assert.Equal("tcp://b:2", Resolve(new ConnectionOptions()).ToString());
        _environment["ILAB_HOST"] = "tcp://c:3";
        Assert.Equal("tcp://c:3", Resolve(new ConnectionOptions()).ToString());
        Assert.Equal("ssh://ann@d", Resolve(new ConnectionOptions(Url: "ssh://ann@d")).ToString());
    }

    [Fact]
    public void ILabRootMovesTheSocket()
    {
        _environment["ILAB_ROOT"] = "/tmp/a b";
        Assert.Equal("/tmp/a b/run/ilabd.sock", Resolve(new ConnectionOptions()).Path);
    }

    [Fact]
    public void ASocketPathThatIsTooLongBecomesAShortOne()
    {
        _environment["ILAB_ROOT"] = "/tmp/" + new string('x', 150);
        Assert.InRange(Resolve(new ConnectionOptions()).Path.Length, 1, 107);
    }

    [Theory]
    [InlineData("http://x")]
    [InlineData("unix:relative")]
    [InlineData("tcp://host")]
    [InlineData("nonsense")]
    public void AnAddressThatMakesNoSenseIsUsage(string url) => Assert.Equal(2, Assert.Throws<IlabException>(() => Endpoint.Parse(url)).ExitCode);

    [Fact]
    public void AnUnknownConnectionIsNotFound()
    {
        Assert.Equal(127, Assert.Throws<IlabException>(() => Resolve(new ConnectionOptions(Connection: "nobody"))).ExitCode);
    }

    private Endpoint Resolve(ConnectionOptions options) => new ConnectionResolver(name => _environment.GetValueOrDefault(name)).Resolve(options);
}
