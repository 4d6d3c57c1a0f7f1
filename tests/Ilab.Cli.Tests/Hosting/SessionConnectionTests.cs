using Ilab.Cli.Chat;
using Ilab.Cli.CommandLine;
using Ilab.Cli.Hosting;
using Ilab.Cli.Tests.Fixtures;
using Ilab.Client.Connections;
using Ilab.Client.Errors;
using Ilab.Configuration.Conf;
using Ilab.Configuration.Settings;
using Ilab.Testing;

namespace Ilab.Cli.Tests.Hosting;

/// <summary>Which service files of settings name, also where they are broken.</summary>
public sealed class SessionConnectionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _environment = [];
    private readonly StringWriter _error = new() { NewLine = "\n" };

    public SessionConnectionTests() => _environment["ILAB_ROOT"] = _folder.Path;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("training:\n  rank: none\n")]
    [InlineData("training:\n  rnk: 1\n")]
    [InlineData("generaton:\n  ctx: 1\n")]
    [InlineData("output: 3\n")]
    public void WhatIsWrongElsewhereDoesNotHideTheService(string text)
    {
        Write("connection:\n  url: tcp://file:1\n" + text);
        _environment["ILAB_TRAINING_RANK"] = "0";
        Assert.Equal("tcp://file:1", Endpoint("model rm x").ToString());
        Assert.Equal("", _error.ToString());
    }

    [Theory]
    [InlineData("connection:\n  ulr: tcp://file:1\n")]
    [InlineData("conection:\n  url: tcp://file:1\n")]
    [InlineData("url: tcp://file:1\n")]
    [InlineData("connection: tcp://file:1\n")]
    [InlineData("connection:\n  no-autostart: perhaps\n")]
    [InlineData("training: [\n")]
    public void WhereTheServiceIsInDoubtOnlyWhatStopsOrMendsGoesOn(string text)
    {
        Write(text);
        Assert.Equal(2, Assert.Throws<IlabException>(() => Endpoint("model rm x")).ExitCode);
        Assert.Equal("tcp://flag:1", Endpoint("--url tcp://flag:1 model rm x").ToString());
        Assert.Equal(127, Assert.Throws<IlabException>(() => Endpoint("--connection nobody model rm x")).ExitCode);
        Assert.Equal("", _error.ToString());
        foreach (var line in new[] { "system stop", "system info", "system version", "config lint x" })
        {
            Assert.Equal(Path.Combine(_folder.Path, "run", "ilabd.sock"), Endpoint(line).Path);
            Assert.StartsWith($"Warning: {_folder.Path}/config/ilab.conf:", _error.ToString(), StringComparison.Ordinal);
            Assert.Single(_error.ToString().TrimEnd('\n').Split('\n'));
            _error.GetStringBuilder().Clear();
        }

        _environment["ILAB_HOST"] = "tcp://variable:1";
        Assert.Equal("tcp://variable:1", Endpoint("model rm x").ToString());
    }

    [Fact]
    public void TheLastFileThatNamesAServiceDecidesAndKeysOfEarlierOnesAreNotItsOwn()
    {
        _folder.File("etc/ilab.conf", "connection:\n  url: tcp://machine:1\n  token-file: /machine\n  identity: /machine\n  no-autostart: yes\n");
        var machine = Configured();
        Assert.Equal(("tcp://machine:1", "/machine", "/machine", true), (machine.Url, machine.Security.TokenFile, machine.Identity, machine.NoAutostart));

        _folder.File("home/ilab.conf", "connection:\n  connection: mine\n");
        var named = Configured();
        Assert.Equal((null, "mine", null, null), (named.Url, named.Connection, named.Identity, named.Security.TokenFile));

        _folder.File("home/ilab.conf.d/1.conf", "connection:\n  url: tcp://mine:1\n");
        _folder.File("home/ilab.conf.d/2.conf", "connection:\n  token-file: /mine\n");
        var mine = Configured();
        Assert.Equal(("tcp://mine:1", null, null, "/mine"), (mine.Url, mine.Connection, mine.Identity, mine.Security.TokenFile));
        Assert.True(mine.NoAutostart);
    }

    private ConnectionOptions Configured() =>
        ConfiguredConnection.Of(
            new SettingsReader(new ConfLocations(Path.Combine(_folder.Path, "etc"), Path.Combine(_folder.Path, "home")), static _ => null).ReadClient()
        );

    private void Write(string text) => _folder.File("config/ilab.conf", text);

    private Endpoint Endpoint(string line)
    {
        using var interrupts = new ProcessInterrupts();
        using var session = InProcess.Session(interrupts, TextWriter.Null, _error, _environment.GetValueOrDefault);
        string[] args = line.Split(' ');
        session.Read(CommandTree.Build(session, args).Parse(args, CliProgram.Parser));
        _ = session.Endpoint();
        return session.Endpoint();
    }
}
