using System.Diagnostics;
using Ilab.Testing;

namespace Ilab.Cli.Tests.Fixtures;

/// <summary>A program of its own session on a terminal of its own, as when a person started it in a window.</summary>
public sealed class TerminalProcess : IAsyncDisposable
{
    private readonly Process _process;

    private TerminalProcess(PseudoTerminal terminal, Process process)
    {
        Terminal = terminal;
        _process = process;
    }

    public PseudoTerminal Terminal { get; }

    /// <param name="socket">Of the service.</param>
    /// <param name="arguments">Of <see cref="TalkHost"/>, behind the socket.</param>
    /// <param name="environment">Added to a small, clean environment.</param>
    public static TerminalProcess Start(string socket, string[] arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var terminal = new PseudoTerminal();
        // setsid -c makes the terminal the controlling one, so that Ctrl-C and a resize become signals.
        var start = new ProcessStartInfo("sh", ["-c", $"exec setsid -c \"$@\" <{terminal.Path} >{terminal.Path} 2>&1", "sh", .. Command(socket, arguments)]);
        start.Environment.Clear();
        foreach (string name in new[] { "PATH", "DOTNET_ROOT" })
        {
            if (Environment.GetEnvironmentVariable(name) is { } value)
                start.Environment[name] = value;
        }

        start.Environment["TERM"] = "xterm";
        start.Environment["LANG"] = "C";
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        return new TerminalProcess(terminal, Process.Start(start)!);
    }

    /// <summary>The words that start <see cref="TalkHost"/>.</summary>
    public static string[] Command(string socket, params string[] arguments) =>
        ["dotnet", Path.Combine(AppContext.BaseDirectory, "Ilab.Cli.Tests.dll"), socket, .. arguments];

    public async Task<int> ExitAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await _process.WaitForExitAsync(patience.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
        await Terminal.DisposeAsync();
    }
}
