using Ilab.Client.Connections;
using Ilab.Client.Errors;
using Ilab.Configuration.Paths;

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
    [InlineData("ssh://-oProxyCommand=x@host")]
    [InlineData("ssh://%2DoProxyCommand=x@host")]
    public void AnAddressThatMakesNoSenseIsUsage(string url) => Assert.Equal(2, Assert.Throws<IlabException>(() => Endpoint.Parse(url)).ExitCode);

    [Fact]
    public void AnUnknownConnectionIsNotFound()
    {
        Assert.Equal(127, Assert.Throws<IlabException>(() => Resolve(new ConnectionOptions(Connection: "nobody"))).ExitCode);
    }

    [Fact]
    public void ARuntimeFolderInASharedFolderThatIsALinkIsRefused()
    {
        File.SetUnixFileMode(_root.FullName, (UnixFileMode)0x1FF);
        var name = Path.Combine(_root.FullName, $"ilab-{Uid()}");
        var elsewhere = Directory.CreateDirectory(Path.Combine(_root.FullName, "elsewhere"));
        Directory.CreateSymbolicLink(name, elsewhere.FullName);
        Assert.Throws<UnauthorizedAccessException>(() => RuntimePaths.ClaimTemporary(Path.Combine(name, "run")));
        Directory.Delete(name);
        Directory.CreateDirectory(name, (UnixFileMode)0x1FF);
        RuntimePaths.ClaimTemporary(Path.Combine(name, "run"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(name));
    }

    /// <summary>As in the name of the folder that stands in for the runtime folder.</summary>
    private static string Uid() => RuntimePaths.SocketIn("/" + new string('x', 150)).Split('/')[^2].Split('-')[1];

    private Endpoint Resolve(ConnectionOptions options) => new ConnectionResolver(name => _environment.GetValueOrDefault(name)).Resolve(options);
}
