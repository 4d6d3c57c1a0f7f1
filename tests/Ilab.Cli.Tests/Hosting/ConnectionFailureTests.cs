using System.Net;
using System.Net.Sockets;
using Ilab.Cli.Tests.Fixtures;

namespace Ilab.Cli.Tests.Hosting;

/// <summary>A service that cannot be reached is one line that says why and what to do.</summary>
public sealed class ConnectionFailureTests : IDisposable
{
    private readonly ClientProcess _client = new();

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task ARefusedPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        Expect(
            await _client.RunAsync("--url", $"tcp://127.0.0.1:{port}", "ls"),
            $"cannot reach tcp://127.0.0.1:{port}: connection refused: nothing listens on that port; "
        );
    }

    [Fact]
    public async Task AServerThatSpeaksSomethingElse()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var answering = Task.Run(async () =>
        {
            using var peer = await listener.AcceptSocketAsync();
            await peer.SendAsync("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
            await peer.ReceiveAsync(new byte[1024]);
        });
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        Expect(
            await _client.RunAsync("--url", $"tcp://127.0.0.1:{port}", "ls"),
            $"cannot reach tcp://127.0.0.1:{port}: the server does not speak gRPC; check the address"
        );
        await answering;
    }

    [Theory]
    [InlineData(
        "echo 'ssh: Could not resolve hostname nowhere: Name or service not known' >&2; exit 255",
        "ssh: Could not resolve hostname nowhere: Name or service not known; check that 'ssh nowhere ilab version' works"
    )]
    [InlineData("echo banner >&2; echo 'ann@nowhere: Permission denied (publickey).' >&2; exit 255", "ann@nowhere: Permission denied (publickey).; check that")]
    [InlineData("cat >/dev/null & exit 0", "the ssh connection was closed; check that")]
    public async Task AnSshConnectionThatFails(string script, string problem)
    {
        var ssh = Path.Combine(_client.Directory, "ssh");
        await File.WriteAllTextAsync(ssh, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(ssh, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Expect(await _client.ShellAsync("PATH=$PWD:$PATH exec \"$@\"", "--url", "ssh://nowhere", "ls"), $"cannot reach ssh://nowhere: {problem}");
    }

    [Fact]
    public async Task APromptThatIsTooLong()
    {
        var result = await _client.ShellAsync("{ yes | head -c 20000000; } 2>/dev/null | \"$@\"", "run", "m");
        Assert.Equal(
            (2, "Error: the prompt on standard input exceeds 8 million characters; shorten it, or split it into several prompts\n"),
            (result.ExitCode, result.Error)
        );
    }

    private static void Expect(Ilab.Testing.CommandResult result, string problem)
    {
        Assert.StartsWith("Error: " + problem, result.Error, StringComparison.Ordinal);
        Assert.Equal(125, result.ExitCode);
        Assert.Single(result.Error.TrimEnd('\n').Split('\n'));
    }
}
