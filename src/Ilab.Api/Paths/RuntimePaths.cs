using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Ilab.Api.Paths;

/// <summary>
/// Where service and client meet: both compute the same folders from the same environment. <c>ILAB_ROOT</c> moves everything; otherwise the XDG folders of the
/// user are used, and what stands in for them when they are not set.
/// </summary>
public sealed partial record RuntimePaths
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

    public static RuntimePaths System { get; } = new() { StoreDirectory = "/var/lib/models", RuntimeDirectory = "/run/ilab", ConfigDirectory = "/etc/ilab" };

    /// <summary>The paths of this user, from the environment.</summary>
    public static RuntimePaths ForUser() => ForUser(Environment.GetEnvironmentVariable);

    public static RuntimePaths ForUser(Func<string, string?> environment)
    {
        if (environment("ILAB_ROOT") is { Length: > 0 } root)
        {
            return UnderRoot(root);
        }

        var home = environment("HOME") is { Length: > 0 } named ? named : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);
        home = home.Length > 0 ? home : TemporaryDirectory(environment, "home");
        return new RuntimePaths
        {
            StoreDirectory = Path.Combine(Absolute(environment("XDG_DATA_HOME")) ?? Path.Combine(home, ".local", "share"), "models"),
            RuntimeDirectory = Absolute(environment("XDG_RUNTIME_DIR")) is { } runtime && Directory.Exists(runtime) ? Path.Combine(runtime, "ilab") : UserRuntimeDirectory(environment),
            ConfigDirectory = Path.Combine(Absolute(environment("XDG_CONFIG_HOME")) ?? Path.Combine(home, ".config"), "models"),
        };
    }

    public static RuntimePaths UnderRoot(string root)
    {
        var full = Path.GetFullPath(root);
        return new RuntimePaths { StoreDirectory = Path.Combine(full, "store"), RuntimeDirectory = Path.Combine(full, "run"), ConfigDirectory = Path.Combine(full, "config") };
    }

    public static string SocketIn(string runtimeDirectory)
    {
        var path = Path.Combine(runtimeDirectory, "ilabd.sock");
        if (Encoding.UTF8.GetByteCount(path) <= LongestSocketPath)
        {
            return path;
        }

        var hash = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(runtimeDirectory)))[..16].ToLowerInvariant();
        return $"{Path.GetTempPath().TrimEnd('/')}/ilab-{geteuid()}-{hash}/ilabd.sock";
    }

    private static string UserRuntimeDirectory(Func<string, string?> environment)
    {
        var standard = $"/run/user/{geteuid()}";
        return Directory.Exists(standard) ? Path.Combine(standard, "ilab") : TemporaryDirectory(environment, "run");
    }

    private static string TemporaryDirectory(Func<string, string?> environment, string name) =>
        Path.Combine(Absolute(environment("TMPDIR")) ?? "/tmp", $"ilab-{geteuid()}", name);

    private static string? Absolute(string? path) => path is { Length: > 0 } && Path.IsPathRooted(path) ? path : null;

    [LibraryImport("libc")]
    private static partial uint geteuid();
}
