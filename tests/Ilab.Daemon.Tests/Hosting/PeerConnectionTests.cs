using System.Net.Sockets;
using Ilab.Daemon.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Ilab.Daemon.Tests.Hosting;

/// <summary>Who a caller is stays known after they have gone.</summary>
public sealed class PeerConnectionTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly string _folder = Directory.CreateTempSubdirectory("ilab-peer-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task ACallerThatHasGoneIsStillKnown()
    {
        var path = Path.Combine(_folder, "s");
        var (called, seen) = (new TaskCompletionSource(), new TaskCompletionSource<(PeerIdentity Before, PeerIdentity After)>());
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.ListenUnixSocket(
                path,
                static listen =>
                {
                    listen.Protocols = HttpProtocols.Http2;
                    listen.Use(PeerConnection.Identify);
                }
            )
        );
        await using var app = builder.Build();
        app.Run(async context =>
        {
            var before = context.GetPeer();
            var socket = context.Features.Get<IConnectionSocketFeature>()!.Socket;
            called.SetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(static _ => { }, TaskScheduler.Default);

            // A call may end long after its connection: by then the socket can no longer be asked.
            while (!socket.SafeHandle.IsClosed)
            {
                await Task.Yield();
            }

            seen.SetResult((before, context.GetPeer()));
        });
        await app.StartAsync();
        await CallAndLeaveAsync(path, called.Task);

        var (first, last) = await seen.Task.WaitAsync(Patience);
        Assert.Equal(Environment.ProcessId, first.Pid);
        Assert.Equal(Testing.TestUser.Effective, first.Uid);
        Assert.Equal(first, last);
    }

    private static async Task CallAndLeaveAsync(string path, Task called)
    {
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        using var client = new HttpClient(handler) { DefaultRequestVersion = new Version(2, 0), DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var left = new CancellationTokenSource();
        var call = client.GetAsync(new Uri("http://localhost/"), left.Token);
        await called.WaitAsync(Patience);
        handler.Dispose(); // the connection goes, not only the call
        await left.CancelAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => call);
    }
}
