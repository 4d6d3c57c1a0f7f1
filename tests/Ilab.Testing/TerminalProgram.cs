using System.Diagnostics;

namespace Ilab.Testing;

/// <summary>A program in a session of its own on a terminal of its own, as when a person started it in a window.</summary>
public sealed class TerminalProgram : IAsyncDisposable
{
    // The line editor says so whenever it begins to read.
    private const string Ready = "\x1b[?2004h";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private int _read;

    private TerminalProgram(PseudoTerminal terminal, Process process)
    {
        Terminal = terminal;
        _process = process;
    }

    public PseudoTerminal Terminal { get; }

    /// <param name="command">The program and its arguments.</param>
    /// <param name="folder">Where it starts.</param>
    /// <param name="environment">Instead of this process's, of which it gets the path alone.</param>
    public static TerminalProgram Start(string[] command, string folder, IReadOnlyDictionary<string, string> environment, int columns = 80)
    {
        var terminal = new PseudoTerminal(columns);
        // setsid -c makes the terminal the controlling one, so that Ctrl-C and a resize become signals.
        var start = new ProcessStartInfo("sh", ["-c", $"exec setsid -c \"$@\" <{terminal.Path} >{terminal.Path} 2>&1", "sh", .. command])
        {
            WorkingDirectory = folder,
        };
        start.Environment.Clear();
        foreach (var name in new[] { "PATH", "DOTNET_ROOT" })
        {
            if (Environment.GetEnvironmentVariable(name) is { } value)
            {
                start.Environment[name] = value;
            }
        }

        start.Environment["TERM"] = "xterm";
        start.Environment["LANG"] = "C";
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new TerminalProgram(terminal, Process.Start(start)!);
    }

    /// <summary>Types when the program has begun to read another line: what is typed before belongs to the terminal.</summary>
    /// <returns>What it had written until then, since the line before.</returns>
    public async Task<string> AnswerAsync(string keys)
    {
        var from = _read;
        var output = await Terminal.WaitAsync(text => text.IndexOf(Ready, StringComparison.Ordinal) >= 0, from);
        var end = output.IndexOf(Ready, StringComparison.Ordinal) + Ready.Length;
        _read = from + end;
        Terminal.Type(keys);
        return output[..end];
    }

    /// <summary>Waits for a text that a program without a line editor shows, and types.</summary>
    public async Task<string> AnswerAsync(string prompt, string keys)
    {
        var from = _read;
        var output = await Terminal.WaitForAsync(prompt, from);
        _read = from + output.IndexOf(prompt, StringComparison.Ordinal) + prompt.Length;
        Terminal.Type(keys);
        return output;
    }

    public async Task<int> ExitAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        await _process.WaitForExitAsync(patience.Token);
        await Terminal.DrainAsync();
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
        await Terminal.DisposeAsync();
    }
}
