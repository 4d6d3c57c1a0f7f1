using Ilab.Cli.Tests.Fakes;
using Ilab.Cli.Tests.Fixtures;

namespace Ilab.Cli.Tests.Output;

/// <summary>Closed, full and broken standard streams: every command ends, with one line at most.</summary>
public sealed class StandardStreamsTests : IAsyncLifetime
{
    private FakeDaemon _daemon = null!;
    private ClientProcess _client = null!;

    public async Task InitializeAsync()
    {
        _daemon = await FakeDaemon.StartAsync();
        _client = new ClientProcess { Socket = _daemon.Socket };
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _daemon.DisposeAsync();
    }

    [Fact]
    public async Task ClosedInputIsEmpty()
    {
        Assert.Equal(_daemon.Inference.Text + "\n", (await _client.ShellAsync("exec \"$@\" <&-", "run", "m", "Hello")).Expect(0).Output);
        Assert.Equal("", (await _client.ShellAsync("exec \"$@\" <&-", "chat", "m")).Expect(0).Output);
        Assert.Equal(
            "Error: the prompt is empty; give it as arguments or on standard input\n",
            (await _client.ShellAsync("exec \"$@\" <&-", "run", "m")).Expect(2).Error
        );
        Assert.Equal(
            "Error: standard input is closed; name a file, or pipe the records in\n",
            (await _client.ShellAsync("exec \"$@\" <&-", "data", "import", "-")).Expect(2).Error
        );
    }

    [Theory]
    [InlineData("exec \"$@\" >&-", "standard output is closed")]
    [InlineData("exec \"$@\" >/dev/full", "cannot write to standard output: No space left on device")]
    public async Task ALostResultIsAnError(string command, string problem)
    {
        foreach (var arguments in new string[][] { ["--help"], ["--version"], ["run", "m", "Hello"], ["run", "m", "Hello", "--format", "json"] })
        {
            Assert.Equal($"Error: {problem}\n", (await _client.ShellAsync(command, arguments)).Expect(125).Error);
        }
    }

    [Theory]
    [InlineData("exec \"$@\" 2>&-")]
    [InlineData("exec \"$@\" 2>/dev/full")]
    public async Task AnErrorThatCannotBeShownKeepsItsExitCode(string command)
    {
        (await _client.ShellAsync(command, "nope")).Expect(2);
        (await _client.ShellAsync(command, "data", "import", "nope.jsonl")).Expect(127);
        Assert.StartsWith("ilab version", (await _client.ShellAsync(command, "--version")).Expect(0).Output, StringComparison.Ordinal);
        (await _client.ShellAsync(command + " <&- >&-", "nope")).Expect(2);
    }

    [Fact]
    public async Task AReaderThatHasGoneEndsTheCommandQuietly()
    {
        // The reader closes its end before the gate lets the client start.
        const string Command = "mkfifo gate; { cat gate >/dev/null; \"$@\"; echo $? >code; } | { exec 0<&-; echo >gate; }; cat code";
        var result = await _client.ShellAsync(Command, "model", "run", "--help");
        Assert.Equal(("0\n", ""), (result.Output, result.Error));
    }
}
