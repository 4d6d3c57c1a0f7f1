using System.Security.Cryptography;
using System.Text;
using Ilab.Posix.Processes;

namespace Ilab.Configuration.Paths;

/// <summary>
/// Where service and client meet: both compute the same folders from the same environment. <c>ILAB_ROOT</c> moves everything; otherwise the XDG folders of the
/// user are used, and what stands in for them when they are not set.
/// </summary>
public sealed record RuntimePaths
{
    /// <summary>Socket of the system service.</summary>
    public const string SystemSocket = "/run/ilab/ilabd.sock";

    private const int LongestSocketPath = 107; // sockaddr_un holds 108 bytes with the terminating zero

    /// <summary>Absolute folder of content, database and jobs.</summary>
    public required string StoreDirectory { get; init; }

    /// <summary>Absolute folder of sockets and runner bundles.</summary>
    public required string RuntimeDirectory { get; init; }

    /// <summary>Absolute folder of the client's settings.</summary>
    public required string ConfigDirectory { get; init; }

    /// <summary>The service's socket: in the runtime folder, or in a short private one when that path would be too long for a socket address.</summary>
    public string Socket => SocketIn(RuntimeDirectory);

    public static RuntimePaths System { get; } =
        new()
        {
            StoreDirectory = "/var/lib/models",
            RuntimeDirectory = "/run/ilab",
            ConfigDirectory = "/etc/ilab",
        };

    /// <summary>The paths of this user, from the environment.</summary>
    public static RuntimePaths ForUser() => ForUser(Environment.GetEnvironmentVariable);

    public static RuntimePaths ForUser(Func<string, string?> environment)
    {
        if (environment("ILAB_ROOT") is { Length: > 0 } root)
        {
            return UnderRoot(root);
        }

        var home = environment("HOME") is { Length: > 0 } named
            ? named
            : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);
        home = home.Length > 0 ? home : TemporaryDirectory(environment, "home");
        return new RuntimePaths
        {
            StoreDirectory = Path.Combine(Absolute(environment("XDG_DATA_HOME")) ?? Path.Combine(home, ".local", "share"), "models"),
            RuntimeDirectory =
                Absolute(environment("XDG_RUNTIME_DIR")) is { } runtime && Directory.Exists(runtime)
                    ? Path.Combine(runtime, "ilab")
                    : UserRuntimeDirectory(environment),
            ConfigDirectory = Path.Combine(Absolute(environment("XDG_CONFIG_HOME")) ?? Path.Combine(home, ".config"), "models"),
        };
    }

    public static RuntimePaths UnderRoot(string root)
    {
        var full = Path.GetFullPath(root);
        return new RuntimePaths
        {
            StoreDirectory = Path.Combine(full, "store"),
            RuntimeDirectory = Path.Combine(full, "run"),
            ConfigDirectory = Path.Combine(full, "config"),
        };
    }

    public static string SocketIn(string runtimeDirectory)
    {
        var path = Path.Combine(runtimeDirectory, "ilabd.sock");
        if (Encoding.UTF8.GetByteCount(path) <= LongestSocketPath)
        {
            return path;
        }

        var hash = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(runtimeDirectory)))[..16].ToLowerInvariant();
        return $"{Path.GetTempPath().TrimEnd('/')}/ilab-{CurrentProcess.EffectiveUser}-{hash}/ilabd.sock";
    }

    /// <summary>
    /// Where the runtime folder is in the shared temporary folder, its name can be foreseen, so somebody else may have made it first: only a folder of
    /// this user, closed to others, is good enough. Elsewhere nothing is checked.
    /// </summary>
    /// <exception cref="UnauthorizedAccessException">It is a link, or somebody else's.</exception>
    public static void ClaimTemporary(string path)
    {
        var ours = $"ilab-{CurrentProcess.EffectiveUser}";
        var folder = new DirectoryInfo(path);
        while (folder is not null && folder.Name != ours && !folder.Name.StartsWith(ours + "-", StringComparison.Ordinal))
        {
            folder = folder.Parent;
        }

        if (folder is null || !folder.Exists || folder.Parent?.FullName is not { } parent || (File.GetUnixFileMode(parent) & UnixFileMode.OtherWrite) == 0)
        {
            return;
        }

        if (folder.LinkTarget is not null)
        {
            throw new UnauthorizedAccessException($"{folder.FullName} is a symbolic link");
        }

        try
        {
            // Only the owner may do this, so it is the check as well.
            File.SetUnixFileMode(folder.FullName, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new UnauthorizedAccessException($"{folder.FullName} belongs to another user", exception);
        }
    }

    private static string UserRuntimeDirectory(Func<string, string?> environment)
    {
        var standard = $"/run/user/{CurrentProcess.EffectiveUser}";
        return Directory.Exists(standard) ? Path.Combine(standard, "ilab") : TemporaryDirectory(environment, "run");
    }

    private static string TemporaryDirectory(Func<string, string?> environment, string name) =>
        Path.Combine(Absolute(environment("TMPDIR")) ?? "/tmp", $"ilab-{CurrentProcess.EffectiveUser}", name);

    private static string? Absolute(string? path) => path is { Length: > 0 } && Path.IsPathRooted(path) ? path : null;
}
