using System.Runtime.InteropServices;
using Ilab.Api.Paths;
using Ilab.Daemon.Options;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Ilab.Daemon.Hosting;

/// <summary>
/// The service's socket: its folder exists and is closed before the socket is made, the socket is made with nobody else allowed and then opened to its group, a stale
/// one is removed only by the holder of the root's lock. With socket activation the service manager made it all.
/// </summary>
internal sealed partial class Listening(DaemonOptions options)
{
    private const UnixFileMode FolderMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute;
    private const UnixFileMode SocketMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

    private static bool IsActivated => Environment.GetEnvironmentVariable("LISTEN_PID") == Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture);

    public void PrepareFolders()
    {
        Directory.CreateDirectory(options.Paths.StoreDirectory, FolderMode);
        Directory.CreateDirectory(options.Paths.RuntimeDirectory, FolderMode);
        RuntimePaths.ClaimTemporary(options.Paths.RuntimeDirectory);
        var folder = Path.GetDirectoryName(options.Socket)!;
        if (folder != options.Paths.RuntimeDirectory)
        {
            Directory.CreateDirectory(folder, folder.StartsWith(Path.GetTempPath(), StringComparison.Ordinal) ? UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute : FolderMode);
            RuntimePaths.ClaimTemporary(folder);
        }
    }

    public void Configure(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = null;
        kestrel.Limits.Http2.MaxStreamsPerConnection = 1000;
        if (IsActivated)
        {
            kestrel.UseSystemd(static listen => listen.Protocols = HttpProtocols.Http2);
            return;
        }

        File.Delete(options.Socket);
        _ = umask(0x7F); // 0177: until it is opened to the group, the socket is the owner's alone
        kestrel.ListenUnixSocket(options.Socket, static listen => listen.Protocols = HttpProtocols.Http2);
    }

    public void OpenToGroup()
    {
        _ = umask(0x17); // 0027 for everything else
        if (!IsActivated)
        {
            File.SetUnixFileMode(options.Socket, SocketMode);
        }
    }

    [LibraryImport("libc")]
    private static partial int umask(int mask);
}
