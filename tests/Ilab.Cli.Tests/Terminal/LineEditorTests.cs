using Ilab.Cli.Terminal;
using Ilab.Cli.Tests.Fixtures;
using Ilab.Testing;

namespace Ilab.Cli.Tests.Terminal;

/// <summary>The editor on a terminal of the kernel.</summary>
public sealed class LineEditorTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly PseudoTerminal _terminal = new(columns: 40);
    private readonly History _history = new();
    private readonly LineEditor _editor;

    public LineEditorTests() => _editor = new LineEditor(new TerminalDevice(_terminal.Slave, _terminal.Slave), _history);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _terminal.DisposeAsync();

    [Fact]
    public async Task WhatIsTypedIsReturnedAndShown()
    {
        Task<LineEntry> entry = AskAsync();
        await _terminal.WaitForAsync("> ");
        _terminal.Type("héllo 漢字 😀\u007f!\r");
        Assert.Equal(new LineEntry(LineResult.Line, "héllo 漢字 !"), await entry.WaitAsync(Patience));
        var screen = new Screen(40, 24);
        screen.Write(await _terminal.WaitForAsync("\x1b[?2004l"));
        Assert.Equal("> héllo 漢字 !", screen.Text);
    }

    [Fact]
    public async Task TheTerminalIsPutBackHoweverTheEntryEnds()
    {
        string before = await SettingsAsync();
        foreach (string keys in new[] { "x\r", "\u0004", "\u0003" })
        {
            int from = _terminal.Output.Length;
            Task<LineEntry> entry = AskAsync();
            await _terminal.WaitForAsync("> ", from);
            Assert.NotEqual(before, await SettingsAsync());
            _terminal.Type(keys);
            await entry.WaitAsync(Patience);
            Assert.Equal(before, await SettingsAsync());
        }

        using var cancel = new CancellationTokenSource();
        Task<LineEntry> cancelled = AskAsync(cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.WaitAsync(Patience));
        Assert.Equal(before, await SettingsAsync());
    }

    [Fact]
    public async Task ControlCClearsTheLineAndOnlyThenLeaves()
    {
        Task<LineEntry> entry = AskAsync();
        await _terminal.WaitForAsync("> ");
        _terminal.Type("half a thought\u0003");
        await _terminal.WaitForAsync("^C");
        _terminal.Type("other\r");
        Assert.Equal("other", (await entry.WaitAsync(Patience)).Text);
        int from = _terminal.Output.Length;
        Task<LineEntry> next = AskAsync();
        await _terminal.WaitForAsync("\x1b[?2004h", from); // not the prompt: the last one may be shown late
        _terminal.Type("\u0003");
        Assert.Equal(LineResult.Interrupted, (await next.WaitAsync(Patience)).Result);
    }

    [Fact]
    public async Task APasteIsOneEntryAndIsShownOnItsLines()
    {
        Task<LineEntry> entry = AskAsync();
        await _terminal.WaitForAsync("\x1b[?2004h");
        _terminal.Type("\x1b[200~one\rtwo\x1b[201~");
        await _terminal.WaitForAsync("two");
        _terminal.Type("\r");
        Assert.Equal("one\ntwo", (await entry.WaitAsync(Patience)).Text);
        var screen = new Screen(40, 24);
        screen.Write(_terminal.Output);
        Assert.Equal("> one\n... two", screen.Text);
    }

    [Fact]
    public async Task UpBringsBackTheEntryBefore()
    {
        _editor.Remember("what I said");
        Task<LineEntry> entry = AskAsync();
        _terminal.Type("\x1b[A!\r");
        Assert.Equal("what I said!", (await entry.WaitAsync(Patience)).Text);
    }

    [Fact]
    public async Task ALineLongerThanTheWindowKeepsItsPlace()
    {
        Task<LineEntry> entry = AskAsync();
        string text = new('x', 100);
        await _terminal.WaitForAsync("> ");
        _terminal.Type(text + "\u0001y");
        await _terminal.WaitForAsync("> y");
        _terminal.Type("\r");
        Assert.Equal("y" + text, (await entry.WaitAsync(Patience)).Text);
        var screen = new Screen(40, 24);
        screen.Write(await _terminal.WaitForAsync("\x1b[?2004l"));
        Assert.Equal("> y" + text, screen.Text.Replace("\n", "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AResizedWindowIsDrawnAnew()
    {
        Task<LineEntry> entry = AskAsync();
        await _terminal.WaitForAsync("> ");
        _terminal.Type("thirty characters in this line");
        await _terminal.WaitForAsync("this line");
        int from = _terminal.Output.Length;
        _terminal.Resize(20, 24);
        using (
            var signal = System.Diagnostics.Process.Start("kill", ["-WINCH", Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture)])
        )
            await signal.WaitForExitAsync();
        await _terminal.WaitForAsync("> thirty characters \r\nin this line", from);
        _terminal.Type("\r");
        Assert.Equal("thirty characters in this line", (await entry.WaitAsync(Patience)).Text);
    }

    private Task<LineEntry> AskAsync(CancellationToken cancellationToken = default) =>
        _editor.ReadAsync(new LinePrompt("> ", IsComplete: MultiLine.IsComplete), cancellationToken);

    private async Task<string> SettingsAsync()
    {
        using var stty = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo("stty", ["-g", "-F", _terminal.Path]) { RedirectStandardOutput = true }
        )!;
        string settings = await stty.StandardOutput.ReadToEndAsync();
        await stty.WaitForExitAsync();
        return settings;
    }
}
