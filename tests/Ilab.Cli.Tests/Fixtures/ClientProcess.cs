using System.Diagnostics;
using Ilab.Testing;

namespace Ilab.Cli.Tests.Fixtures;

/// <summary>Runs the real client as a child process, in a directory and HOME of its own.</summary>
public sealed class ClientProcess : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("ilab-client-").FullName;

    /// <summary>Address given as ILAB_HOST; by default a socket that does not exist.</summary>
    public string? Socket { get; init; }

    /// <summary>Runs `ilab ARGUMENTS`.</summary>
    public Task<CommandResult> RunAsync(params string[] arguments) => ShellAsync("exec \"$@\"", arguments);

    /// <summary>Runs a shell command in which "$@" is `ilab ARGUMENTS`, so that streams can be redirected or closed.</summary>
    public async Task<CommandResult> ShellAsync(string command, params string[] arguments)
    {
        var start = new ProcessStartInfo("sh", ["-c", command, "sh", TestPaths.Client, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Directory,
        };
        foreach (
            var name in start
                .Environment.Keys.Where(static name => name.StartsWith("ILAB_", StringComparison.Ordinal) || name.StartsWith("XDG_", StringComparison.Ordinal))
                .ToList()
        )
        {
            start.Environment.Remove(name);
        }

        start.Environment["HOME"] = Directory;
        start.Environment["ILAB_NO_AUTOSTART"] = "1";
        start.Environment["ILAB_HOST"] = $"unix://{Socket ?? Path.Combine(Directory, "none.sock")}";
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        using var deadline = new CancellationTokenSource(Timeout);
        try
        {
            var (output, error) = (process.StandardOutput.ReadToEndAsync(deadline.Token), process.StandardError.ReadToEndAsync(deadline.Token));
            await process.WaitForExitAsync(deadline.Token);
            return new CommandResult(process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"ilab {string.Join(' ', arguments)} did not end");
        }
    }

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);
}
