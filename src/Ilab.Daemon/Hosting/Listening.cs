using System.Net.Sockets;
using Ilab.Configuration.Paths;
using Ilab.Configuration.Service;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Ilab.Daemon.Hosting;

/// <summary>
/// Sets up the service's socket: its directories exist and are private before the socket is created; a stale socket is replaced only by the holder of the root
/// lock. With socket activation, the service manager creates and removes the socket.
/// </summary>
internal sealed class Listening(ServiceOptions options)
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OpenToGroup = Private | UnixFileMode.GroupRead | UnixFileMode.GroupExecute;

    /// <summary>For all headers of a request, which come in one piece unless somebody holds them back.</summary>
    private static readonly TimeSpan HeaderTime = TimeSpan.FromSeconds(15);

    private readonly SocketFile _socket = new(options.Socket);

    /// <summary>The listeners for other machines.</summary>
    public TcpListening Tcp { get; } = new(options);

    private static bool IsActivated =>
        Environment.GetEnvironmentVariable("LISTEN_PID") == Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>
    /// The store is private to the service; the socket's group must be able to traverse the socket directory. Existing directories keep their modes.
    /// </summary>
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
        kestrel.Limits.RequestHeadersTimeout = HeaderTime;
        kestrel.Limits.Http2.MaxStreamsPerConnection = 1000;
        if (IsActivated)
        {
            kestrel.UseSystemd(Configure);
        }
        else
        {
            kestrel.ListenUnixSocket(options.Socket, Configure);
        }

        Tcp.Configure(kestrel);
    }

    /// <summary>Passes Kestrel a socket that already has its mode and name; Kestrel would bind one with the umask of the process.</summary>
    public void Configure(SocketTransportOptions transport)
    {
        if (!IsActivated)
        {
            transport.CreateBoundListenSocket = endpoint =>
                endpoint is UnixDomainSocketEndPoint ? _socket.Open() : SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        }
    }

    /// <summary>Removes the socket's name; new clients then start a service instead of waiting for one that is stopping.</summary>
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
