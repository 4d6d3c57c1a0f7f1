using System.Net;
using System.Net.Sockets;

namespace Ilab.Testing.Servers;

/// <summary>How a server is run.</summary>
public enum ServerHost
{
    /// <summary>In a container where an engine answers, as a child process elsewhere.</summary>
    Any,
    Process,
    Container,
}

/// <summary>
/// A real server on loopback, for as long as this object lives. What a test sees is the same whether it runs in a container or as a child process.
/// </summary>
public sealed class TestServer : IAsyncDisposable
{
    private readonly IRunningServer _running;

    private TestServer(IRunningServer running, int port, bool isContainer) =>
        (_running, Address, IsContainer) = (running, new Uri($"http://127.0.0.1:{port}/"), isContainer);

    public Uri Address { get; }

    public bool IsContainer { get; }

    /// <summary>Starts it and returns when it listens.</summary>
    /// <exception cref="InvalidOperationException">It ended, or there is no engine for <see cref="ServerHost.Container"/>; with its last words.</exception>
    public static async Task<TestServer> StartAsync(ServerSpec spec, ServerHost host = ServerHost.Any)
    {
        var engine = host == ServerHost.Process ? null : await ContainerEngine.FindAsync();
        if (engine is null && host == ServerHost.Container)
        {
            throw new InvalidOperationException($"no container engine answers at {ContainerEngine.SocketPath}");
        }

        // Containers share the network of the host: an engine without bridge and packet filter, as in a sandbox, has no other.
        var port = FreePort();
        IRunningServer running = engine is null ? await ServerProcess.StartAsync(spec, port) : await ServerContainer.StartAsync(engine, spec, port);
        return new TestServer(running, port, engine is not null);
    }

    /// <summary>Kills it as a crash would, without a chance to tidy up.</summary>
    public Task KillAsync() => _running.KillAsync();

    public ValueTask DisposeAsync() => _running.DisposeAsync();

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}

/// <summary>A server that listens.</summary>
internal interface IRunningServer : IAsyncDisposable
{
    Task KillAsync();
}
