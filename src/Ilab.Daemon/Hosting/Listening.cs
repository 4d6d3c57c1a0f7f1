using Ilab.Configuration.Paths;
using Ilab.Configuration.Service;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Ilab.Daemon.Hosting;

/// <summary>
/// Where the service listens: its folders exist and are closed before its socket is made, a stale socket is replaced only by the holder of the root's lock.
/// With socket activation the service manager made the socket, and removes it.
/// </summary>
internal sealed class Listening(ServiceOptions options)
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OpenToGroup = Private | UnixFileMode.GroupRead | UnixFileMode.GroupExecute;

    private readonly SocketFile _socket = new(options.Socket);

    private static bool IsActivated =>
        Environment.GetEnvironmentVariable("LISTEN_PID") == Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The store is the service's alone; through the folder of the socket its group has to pass. Folders that are there keep their modes.</summary>
    public void PrepareFolders()
    {
        Directory.CreateDirectory(options.Paths.StoreDirectory);
        Prepare(options.Paths.RuntimeDirectory, OpenToGroup);
        var folder = Path.GetDirectoryName(options.Socket)!;
        if (folder != options.Paths.RuntimeDirectory)
        {
            Prepare(folder, folder.StartsWith(Path.GetTempPath(), StringComparison.Ordinal) ? Private : OpenToGroup);
        }
    }

    public void Configure(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = null;
        kestrel.Limits.Http2.MaxStreamsPerConnection = 1000;
        if (IsActivated)
        {
            kestrel.UseSystemd(Configure);
        }
        else
        {
            kestrel.ListenUnixSocket(options.Socket, Configure);
        }
    }

    /// <summary>Kestrel gets a socket that has its mode and its name already; it would bind one under the umask of the process.</summary>
    public void Configure(SocketTransportOptions transport)
    {
        if (!IsActivated)
        {
            transport.CreateBoundListenSocket = _ => _socket.Open();
        }
    }

    /// <summary>Takes the socket's name away; a client that comes now starts a service instead of waiting for one that ends.</summary>
    public void Withdraw()
    {
        if (!IsActivated)
        {
            _socket.Remove();
        }
    }

    private static void Prepare(string folder, UnixFileMode mode)
    {
        if (!Directory.Exists(folder))
        {
            Directory.CreateDirectory(folder);
            File.SetUnixFileMode(folder, mode);
        }

        RuntimePaths.ClaimTemporary(folder);
    }

    private static void Configure(ListenOptions listen)
    {
        listen.Protocols = HttpProtocols.Http2;
        listen.Use(PeerConnection.Identify);
    }
}
