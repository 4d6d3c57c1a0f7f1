using Ilab.Cli.Tests.Fixtures;
using Ilab.Testing;

namespace Ilab.Cli.Tests.CommandLine;

/// <summary>`ilab list` depends on the directory; `ilab ls` does not. Hints appear once, and only on a terminal.</summary>
public sealed class FlatListTests : IDisposable
{
    private readonly ClientProcess _client = new();

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task InACheckoutItIsTaxDiff()
    {
        Directory.CreateDirectory(Path.Combine(_client.Directory, ".git"));
        Directory.CreateDirectory(Path.Combine(_client.Directory, "knowledge", "birds"));
        Assert.Contains("Usage: ilab tax diff", (await _client.RunAsync("list", "--help")).Expect(0).Output, StringComparison.Ordinal);
        Assert.Contains(
            "Usage: ilab tax diff",
            (await _client.ShellAsync("cd knowledge/birds && exec \"$@\"", "list", "--help")).Expect(0).Output,
            StringComparison.Ordinal
        );
        Assert.Contains("Usage: ilab model ls", (await _client.RunAsync("ls", "--help")).Expect(0).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ElsewhereItIsModelLs() =>
        Assert.Contains("Usage: ilab model ls", (await _client.RunAsync("list", "--help")).Expect(0).Output, StringComparison.Ordinal);

    [Fact]
    public async Task APipeGetsNoHint() => Assert.DoesNotContain("Hint", (await _client.RunAsync("list")).Error, StringComparison.Ordinal);

    [Fact]
    public async Task OnATerminalTheHintNamesTheOtherMeaningOnce()
    {
        await using var terminal = new PseudoTerminal();
        var command = $"\"$@\" 2>{terminal.Path} || true; \"$@\" 2>{terminal.Path}";
        Assert.Equal(125, (await _client.ShellAsync(command, "list")).ExitCode);
        var shown = await terminal.WaitAsync(static output => output.Split("no ilabd listens on").Length > 2);
        Assert.Single(
            shown.Split("Hint: 'ilab list' means 'ilab model ls' outside of a taxonomy checkout; 'ilab tax diff' lists changed taxonomy files").Skip(1)
        );
    }
}
