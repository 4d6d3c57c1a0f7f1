using System.Diagnostics;
using System.Net.Sockets;
using Ilab.Api.Paths;
using Ilab.Api.V1;
using Ilab.Client.Connections;
using Ilab.Client.Errors;
using Ilab.Posix.Files;

namespace Ilab.Client.Autostart;

/// <summary>
/// Starts a per-user ilabd when none answers, as socket activation would. Under a lock, so that ten clients at once start one; in a session of its own, so that
/// it outlives them and their terminal; told to end when it has been idle for a while.
/// </summary>
public sealed class ServiceStarter(Func<string, string?> environment)
{
    private const string IdleExit = "10m";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Whether something accepts connections there.</summary>
    public static bool Answers(string socket)
    {
        if (!File.Exists(socket))
        {
            return false;
        }

        using var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            connection.Connect(new UnixDomainSocketEndPoint(socket));
            return true;
        }
        catch (SocketException exception)
        {
            // Not allowed to connect: it is there, and the call itself will say so.
            return exception.SocketErrorCode == SocketError.AccessDenied;
        }
    }

    /// <summary>Makes sure that a service answers.</summary>
    /// <exception cref="IlabException">It cannot be started; the reason is the last line that it said.</exception>
    public async Task EnsureAsync(Endpoint endpoint, CancellationToken cancellationToken)
    {
        var folder = Path.GetDirectoryName(endpoint.Path)!;
        try
        {
            RuntimePaths.ClaimTemporary(folder);
            if (Answers(endpoint.Path))
            {
                return;
            }

            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IlabException(ErrorKind.PermissionDenied, $"no ilabd can be started: {folder} cannot be used ({exception.Message})", "set ILAB_ROOT to a folder of yours", exception);
        }

        using var held = await LockAsync(Path.Combine(folder, "start.lock"), cancellationToken).ConfigureAwait(false);
        if (!Answers(endpoint.Path))
        {
            await StartAsync(endpoint, Path.Combine(folder, "ilabd.log"), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task StartAsync(Endpoint endpoint, string log, CancellationToken cancellationToken)
    {
        var program = Find() ?? throw new IlabException(ErrorKind.NotFound, "no ilabd answers, and the ilabd program was not found", "install it beside ilab, or name it with ILAB_ILABD");
        List<string> arguments = [program, "--idle-exit", IdleExit];
        if (environment("ILAB_ROOT") is { Length: > 0 } root)
        {
            arguments.AddRange(["--root", root]);
        }

        // setsid and the shell's redirection leave the terminal and this process's group behind.
        string[] shell = ["-c", "log=$1; shift; exec setsid \"$@\" </dev/null >\"$log\" 2>&1", "sh", log, .. arguments];
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", shell))!;
        var started = Stopwatch.GetTimestamp();
        while (!Answers(endpoint.Path))
        {
            if (process.HasExited)
            {
                throw new IlabException(ErrorKind.Internal, $"ilabd did not start: {LastLine(log)}", $"its log is {log}");
            }

            if (Stopwatch.GetElapsedTime(started) > Patience)
            {
                throw new IlabException(ErrorKind.TimedOut, $"ilabd does not answer after {Patience.TotalSeconds:0} s", $"its log is {log}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Beside this program as installed, by name, on the path, or in a checkout.</summary>
    private string? Find()
    {
        if (environment("ILAB_ILABD") is { Length: > 0 } named)
        {
            return named;
        }

        var here = Path.GetDirectoryName(Environment.ProcessPath is { } self ? File.ResolveLinkTarget(self, true)?.FullName ?? self : AppContext.BaseDirectory)!;
        var candidates = new List<string> { Path.Combine(here, "..", "lib", "ilab", "ilabd"), Path.Combine(here, "ilabd") };
        candidates.AddRange((environment("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries).Select(static folder => Path.Combine(folder, "ilabd")));
        for (var folder = here; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            candidates.Add(Path.Combine(folder, "artifacts", "bin", "Ilab.Daemon", "release", "ilabd"));
            candidates.Add(Path.Combine(folder, "artifacts", "bin", "Ilab.Daemon", "debug", "ilabd"));
        }

        return candidates.Select(Path.GetFullPath).FirstOrDefault(File.Exists);
    }

    private static string LastLine(string log)
    {
        var line = File.Exists(log) ? File.ReadLines(log).LastOrDefault(static text => text.Length > 0) : null;
        return (line ?? "it said nothing").Replace("Error: ", "", StringComparison.Ordinal);
    }

    private static Task<FileLock> LockAsync(string path, CancellationToken cancellationToken) =>
        Task.Run(
            () =>
            {
                try
                {
                    var file = FileLock.Open(path);
                    file.Acquire();
                    return file;
                }
                catch (IOException exception)
                {
                    throw new IlabException(ErrorKind.PermissionDenied, $"{path} cannot be locked: {exception.Message}", "", exception);
                }
            },
            cancellationToken);
}
