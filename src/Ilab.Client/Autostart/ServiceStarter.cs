using System.Diagnostics;
using System.Net.Sockets;
using Ilab.Api.V1;
using Ilab.Client.Connections;
using Ilab.Client.Errors;
using Ilab.Configuration.Conf;
using Ilab.Configuration.Paths;
using Ilab.Configuration.Settings;
using Ilab.Posix.Files;
using Ilab.Posix.Processes;

namespace Ilab.Client.Autostart;

/// <summary>
/// Starts a per-user ilabd when none is running, as socket activation would: under a lock, so that concurrent clients start only one;
/// in its own session, so that it outlives them and their terminal; with an idle timeout.
/// </summary>
public sealed class ServiceStarter(Func<string, string?> environment)
{
    private const string IdleExit = "10m";
    private const long LeastFreeSpace = 1 << 16;
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);

    /// <summary>Whether a process accepts connections on the socket.</summary>
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
            // It runs, but this user may not connect: the call itself reports that.
            return exception.SocketErrorCode == SocketError.AccessDenied;
        }
    }

    /// <summary>Returns when the service accepts connections.</summary>
    /// <exception cref="IlabException">The service cannot be started; the message ends with the last line of its log.</exception>
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
            throw new IlabException(
                ErrorKind.PermissionDenied,
                $"cannot start ilabd: {FileErrors.Of(folder, FileUse.Write, exception).Message}",
                "set ILAB_ROOT to a directory that you may write to",
                exception
            );
        }

        using var held = await LockAsync(Path.Combine(folder, "start.lock"), cancellationToken).ConfigureAwait(false);
        if (!Answers(endpoint.Path))
        {
            await StartAsync(endpoint, Path.Combine(folder, "ilabd.log"), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Variables that a client sends with its requests; the service, which outlives it, does not get them.</summary>
    private static readonly string[] Credentials = ["HF_TOKEN", "ILAB_TEACHER_KEY"];

    private async Task StartAsync(Endpoint endpoint, string log, CancellationToken cancellationToken)
    {
        var program =
            Find()
            ?? throw new IlabException(
                ErrorKind.NotFound,
                "ilabd is not running and its program was not found",
                "install it next to ilab, or set ILAB_ILABD to its path"
            );
        string[] shellArguments = [program, .. Arguments(endpoint)];

        // It outlives the caller of this program, whose files and locks are not its own.
        Descriptors.KeepFromChildren();

        // setsid and the redirections detach it from this terminal and process group.
        string[] shell = ["-c", "log=$1; shift; exec setsid \"$@\" </dev/null >\"$log\" 2>&1", "sh", log, .. shellArguments];
        var start = new ProcessStartInfo("/bin/sh", shell);
        foreach (var credential in Credentials)
        {
            start.Environment.Remove(credential);
        }

        using var process = Process.Start(start)!;
        var started = Stopwatch.GetTimestamp();
        while (!Answers(endpoint.Path))
        {
            if (process.HasExited)
            {
                throw new IlabException(ErrorKind.Internal, $"ilabd did not start: {LastLine(log)}", $"see its log: {log}");
            }

            if (Stopwatch.GetElapsedTime(started) > StartTimeout)
            {
                throw new IlabException(ErrorKind.TimedOut, $"ilabd did not answer within {StartTimeout.TotalSeconds:0} s", $"see its log: {log}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Options beat settings: so only what the client needs is one, and what nothing else says.</summary>
    private List<string> Arguments(Endpoint endpoint)
    {
        var settings = new SettingsReader(ConfLocations.Of(environment), environment).ReadAll();
        List<string> arguments = settings.Given("service.idle-exit") is null ? ["--idle-exit", IdleExit] : [];
        if (environment("ILAB_ROOT") is { Length: > 0 } root)
        {
            arguments.AddRange(["--root", root]);
        }

        // The client waits there, whatever the settings say.
        var isUsual = endpoint.Path == RuntimePaths.ForUser(environment).Socket;
        if (!isUsual || settings.Given("service.socket") is not null || settings.Given("service.runtime-dir") is not null)
        {
            arguments.AddRange(["--socket", endpoint.Path]);
        }

        return arguments;
    }

    /// <summary>Looks at ILAB_ILABD, next to this program as installed, on the PATH, and in a checkout.</summary>
    private string? Find()
    {
        if (environment("ILAB_ILABD") is { Length: > 0 } named)
        {
            return named;
        }

        var here = Path.GetDirectoryName(
            Environment.ProcessPath is { } self ? File.ResolveLinkTarget(self, true)?.FullName ?? self : AppContext.BaseDirectory
        )!;
        var candidates = new List<string> { Path.Combine(here, "..", "lib", "ilab", "ilabd"), Path.Combine(here, "ilabd") };
        candidates.AddRange(
            (environment("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries).Select(static folder => Path.Combine(folder, "ilabd"))
        );
        for (var folder = here; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            candidates.Add(Path.Combine(folder, "artifacts", "bin", "Ilab.Daemon", "release", "ilabd"));
            candidates.Add(Path.Combine(folder, "artifacts", "bin", "Ilab.Daemon", "debug", "ilabd"));
        }

        return candidates.Select(Path.GetFullPath).FirstOrDefault(File.Exists);
    }

    private static string LastLine(string log)
    {
        try
        {
            if (File.ReadLines(log).LastOrDefault(static text => text.Length > 0) is { } line)
            {
                return line.Replace("Error: ", "", StringComparison.Ordinal);
            }

            // An empty log on a full disk: the service could not even write why it ended.
            return new DriveInfo(Path.GetDirectoryName(log)!).AvailableFreeSpace < LeastFreeSpace
                ? $"no space left on the device of {Path.GetDirectoryName(log)}"
                : "its log is empty";
        }
        catch (Exception exception) when (FileErrors.Covers(exception))
        {
            return FileErrors.Of(log, FileUse.Read, exception).Message;
        }
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
                    throw new IlabException(
                        ErrorKind.PermissionDenied,
                        $"cannot lock {path}: {exception.Message}",
                        "set ILAB_ROOT to a directory that you may write to",
                        exception
                    );
                }
            },
            cancellationToken
        );
}
