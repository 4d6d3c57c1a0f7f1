using System.Net.Sockets;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Ilab.Api.V1;
using Ilab.Client.Connections;
using Ilab.Client.Errors;

namespace Ilab.Client;

/// <summary>
/// A connection to one ilabd, opened by the first call. Failing calls throw <see cref="IlabException"/>.
/// </summary>
public sealed class IlabClient : IDisposable
{
    /// <summary>HTTP/2 stream window in bytes: large enough for a long list in one round trip.</summary>
    private const int StreamWindow = 8 << 20;

    private readonly GrpcChannel _channel;
    private readonly SocketsHttpHandler _handler;
    private readonly IDisposable? _transport;
    private readonly CallInvoker _invoker;

    private IlabClient(Endpoint endpoint, Func<CancellationToken, ValueTask<Stream>> connect, IDisposable? transport)
    {
        Endpoint = endpoint;
        _transport = transport;
        _handler = new SocketsHttpHandler
        {
            InitialHttp2StreamWindowSize = StreamWindow,
            ConnectCallback = (_, cancellationToken) => ConnectAsync(endpoint, connect, cancellationToken),
            EnableMultipleHttp2Connections = true,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            UseProxy = false,
            UseCookies = false,
            ActivityHeadersPropagator = null,
        };

        var isSecure = endpoint.Scheme == EndpointScheme.Https;
        if (isSecure)
        {
            _handler.SslOptions = RemoteAccess.Tls(endpoint);
        }

        // A plain host name as authority: Kestrel resets calls whose authority is a path.
        _channel = GrpcChannel.ForAddress(
            isSecure ? $"https://{endpoint.Address}:{endpoint.Port}" : "http://localhost",
            new GrpcChannelOptions
            {
                HttpHandler = RemoteAccess.WithToken(endpoint, _handler),
                DisposeHttpClient = true,
                MaxReceiveMessageSize = 64 << 20,
            }
        );
        _invoker = _channel.Intercept(new ErrorInterceptor());
    }

    public Endpoint Endpoint { get; }

    public ModelService.ModelServiceClient Models => field ??= new(_invoker);

    public InferenceService.InferenceServiceClient Inference => field ??= new(_invoker);

    public JobService.JobServiceClient Jobs => field ??= new(_invoker);

    public SystemService.SystemServiceClient System => field ??= new(_invoker);

    public TaxonomyService.TaxonomyServiceClient Taxonomy => field ??= new(_invoker);

    public RunConfigService.RunConfigServiceClient RunConfigs => field ??= new(_invoker);

    public DataService.DataServiceClient Data => field ??= new(_invoker);

    public SecretService.SecretServiceClient Secrets => field ??= new(_invoker);

    public TokenService.TokenServiceClient Tokens => field ??= new(_invoker);

    public WizardService.WizardServiceClient Wizard => field ??= new(_invoker);

    /// <exception cref="IlabException">INVALID_ARGUMENT: a malformed address.</exception>
    public static IlabClient Create(Endpoint endpoint)
    {
        switch (endpoint.Scheme)
        {
            case EndpointScheme.Unix:
                return new IlabClient(endpoint, token => ConnectUnixAsync(endpoint.Path, token), null);
            case EndpointScheme.Tcp or EndpointScheme.Https:
                return new IlabClient(endpoint, token => ConnectTcpAsync(endpoint, token), null);
            default:
                var tunnel = new SshTunnel(endpoint);
                return new IlabClient(endpoint, tunnel.ConnectAsync, tunnel);
        }
    }

    public void Dispose()
    {
        _channel.Dispose();
        _handler.Dispose();
        _transport?.Dispose();
    }

    private static async ValueTask<Stream> ConnectAsync(
        Endpoint endpoint,
        Func<CancellationToken, ValueTask<Stream>> connect,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await connect(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is SocketException or IOException or IlabException)
        {
            throw ConnectFailure.Of(endpoint, exception);
        }
    }

    private static async ValueTask<Stream> ConnectUnixAsync(string path, CancellationToken cancellationToken)
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

    private static async ValueTask<Stream> ConnectTcpAsync(Endpoint endpoint, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endpoint.Host, endpoint.Port, cancellationToken).ConfigureAwait(false);
            var stream = new NetworkStream(socket, ownsSocket: true);
            return endpoint.Scheme == EndpointScheme.Https
                ? stream
                : new FirstAnswerStream(stream, stream, () => Task.FromResult(ConnectFailure.NotGrpc(endpoint)));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
