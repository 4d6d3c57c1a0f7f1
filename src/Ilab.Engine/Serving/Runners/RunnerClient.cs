using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Grpc.Core;
using Grpc.Net.Client;
using Ilab.Runner.Contract.V1;

namespace Ilab.Engine.Serving.Runners;

/// <summary>Client of one runner, over the socket of its bundle. Reconnects with the next call.</summary>
internal sealed class RunnerClient : IDisposable
{
    private readonly GrpcChannel _channel;
    private readonly RunnerService.RunnerServiceClient _client;

    public RunnerClient(string socket)
    {
        var handler = new SocketsHttpHandler { ConnectCallback = (_, cancellationToken) => ConnectAsync(socket, cancellationToken), UseProxy = false };
        _channel = GrpcChannel.ForAddress(
            "http://localhost",
            new GrpcChannelOptions
            {
                HttpHandler = handler,
                DisposeHttpClient = true,
                MaxReceiveMessageSize = null,
            }
        );
        _client = new RunnerService.RunnerServiceClient(_channel);
    }

    /// <summary>The current state, then every change; ends with the runner.</summary>
    public async IAsyncEnumerable<RunnerReport> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var call = _client.Watch(new WatchRequest(), cancellationToken: cancellationToken);
        while (await call.ResponseStream.MoveNext(cancellationToken).ConfigureAwait(false))
        {
            yield return Report(call.ResponseStream.Current);
        }
    }

    public AsyncDuplexStreamingCall<SessionCommand, SessionFrame> OpenSession(CancellationToken cancellationToken) =>
        _client.Session(cancellationToken: cancellationToken);

    /// <summary>The generations with an id, whoever started them.</summary>
    public async Task<IReadOnlyList<string>> FindGenerationsAsync(string id, CancellationToken cancellationToken) =>
        (await _client.FindGenerationsAsync(new FindGenerationsRequest { Id = id }, cancellationToken: cancellationToken).ConfigureAwait(false)).GenerationIds;

    public async Task<TokenizeResponse> TokenizeAsync(TokenizeRequest request, CancellationToken cancellationToken) =>
        await _client.TokenizeAsync(request, cancellationToken: cancellationToken).ConfigureAwait(false);

    public async Task<DetokenizeResponse> DetokenizeAsync(DetokenizeRequest request, CancellationToken cancellationToken) =>
        await _client.DetokenizeAsync(request, cancellationToken: cancellationToken).ConfigureAwait(false);

    public async Task<RenderResponse> RenderAsync(RenderRequest request, CancellationToken cancellationToken) =>
        await _client.RenderAsync(request, cancellationToken: cancellationToken).ConfigureAwait(false);

    public async Task<EmbedResponse> EmbedAsync(EmbedRequest request, CancellationToken cancellationToken) =>
        await _client.EmbedAsync(request, cancellationToken: cancellationToken).ConfigureAwait(false);

    /// <summary>What the model is doing and has done.</summary>
    public async Task<StatsResponse> StatsAsync(CancellationToken cancellationToken) =>
        await _client.StatsAsync(new StatsRequest(), cancellationToken: cancellationToken).ConfigureAwait(false);

    public async Task StopAsync(bool force, CancellationToken cancellationToken) =>
        await _client.StopAsync(new StopRequest { Force = force }, cancellationToken: cancellationToken).ConfigureAwait(false);

    public void Dispose() => _channel.Dispose();

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static RunnerReport Report(RunnerStatus status) =>
        new()
        {
            Phase = status.State switch
            {
                RunnerStatus.Types.State.Ready => RunnerPhase.Ready,
                RunnerStatus.Types.State.Failed => RunnerPhase.Failed,
                RunnerStatus.Types.State.Stopping => RunnerPhase.Stopping,
                _ => RunnerPhase.Loading,
            },
            Fraction = status.Fraction,
            Model = status.Model is { } m
                ? new RunnerModel((long)m.Memory, (int)m.ContextLength, (int)m.Parallel, m.NativeVersion, m.Accelerator, m.AcceleratorNote)
                {
                    DeviceMemory = (long)m.DeviceMemory,
                }
                : null,
            ErrorKind = status.ErrorKind,
            Error = status.Error,
            Active = (int)status.Active,
            AcceleratedProducts = (long)status.AcceleratedProducts,
            Threads = new RunnerThreads((int)status.Threads, (int)status.ThreadsLimit, status.ThreadsReason),
        };
}
