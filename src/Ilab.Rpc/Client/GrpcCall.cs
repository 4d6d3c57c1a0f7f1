using System.Net;
using System.Net.Http.Headers;
using Grpc.Core;
using Grpc.Wire;

namespace Grpc.Net.Client.Internal;

/// <summary>
/// One call: sends the request, hands out the response's messages, and settles on exactly one status. Whoever learns first how the call ended
/// (trailers, a broken connection, the deadline, the caller) decides; later news changes nothing.
/// </summary>
internal sealed partial class GrpcCall<TRequest, TResponse> : IDisposable
    where TRequest : class
    where TResponse : class
{
    private static readonly MediaTypeHeaderValue GrpcContentType = new(HeaderNames.ContentType);

    private readonly GrpcChannel _channel;
    private readonly Method<TRequest, TResponse> _method;
    private readonly CallOptions _options;
    private readonly CancellationTokenSource _cancellation;
    private readonly TaskCompletionSource<Metadata> _headers = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private readonly ITimer? _deadline;
    private readonly CancellationTokenRegistration _callerCancelled;
    private readonly CancellationTokenRegistration _channelClosed;
    private Task<HttpResponseMessage>? _response;
    private Status? _status;
    private Metadata? _trailers;

    public GrpcCall(GrpcChannel channel, Method<TRequest, TResponse> method, CallOptions options)
    {
        channel.ThrowIfDisposed();
        _channel = channel;
        _method = method;
        _options = options;
        _cancellation = new CancellationTokenSource();
        Reader = new StreamReader(this);
        if (options.CancellationToken.CanBeCanceled)
        {
            _callerCancelled = options.CancellationToken.UnsafeRegister(static state => ((GrpcCall<TRequest, TResponse>)state!).End(new Status(StatusCode.Cancelled, "Call canceled by the client.")), this);
        }

        _channelClosed = channel.Shutdown.UnsafeRegister(static state => ((GrpcCall<TRequest, TResponse>)state!).End(new Status(StatusCode.Cancelled, "The channel was closed.")), this);
        if (Remaining() is { } remaining)
        {
            var due = remaining < TimeSpan.Zero ? TimeSpan.Zero : remaining.TotalMilliseconds > int.MaxValue ? TimeSpan.FromMilliseconds(int.MaxValue) : remaining;
            _deadline = channel.Options.TimeProvider.CreateTimer(static state => ((GrpcCall<TRequest, TResponse>)state!).End(DeadlineExceeded()), this, due, Timeout.InfiniteTimeSpan);
        }
    }

    public StreamReader Reader { get; }

    public Task<Metadata> ResponseHeaders => _headers.Task;

    public void StartWithMessage(TRequest request)
    {
        HttpContent content;
        try
        {
            var frame = new MessageWriter(compress: false).Frame(request, _method.RequestMarshaller.ContextualSerializer, _channel.Options.MaxSendMessageSize);
            content = new ReadOnlyMemoryContent(frame);
            content.Headers.ContentType = GrpcContentType;
        }
        catch (RpcException exception)
        {
            End(exception.Status);
            content = new ReadOnlyMemoryContent(default);
        }

        Send(content);
    }

    public RequestStream StartWithStream()
    {
        var content = new RequestStream(this);
        content.Headers.ContentType = GrpcContentType;
        Send(content);
        return content;
    }

    /// <summary>The one response of a call that does not stream it.</summary>
    public async Task<TResponse> ReadSingleAsync()
    {
        if (!await Reader.MoveNext(CancellationToken.None).ConfigureAwait(false))
        {
            End(new Status(StatusCode.Internal, "Failed to deserialize response message: the response held no message."), evenIfOk: true);
            throw Failure();
        }

        var response = Reader.Current;
        if (await Reader.MoveNext(CancellationToken.None).ConfigureAwait(false))
        {
            End(new Status(StatusCode.Internal, "The response held more than one message."));
            throw Failure();
        }

        return response;
    }

    public Status GetStatus() => _status ?? throw new InvalidOperationException("Unable to get the status because the call is not complete.");

    public Metadata GetTrailers() => _status is null ? throw new InvalidOperationException("Can't get the call trailers because the call has not completed successfully.") : _trailers ?? Metadata.Empty;

    public void Dispose() => End(new Status(StatusCode.Cancelled, "gRPC call disposed."));

    private static Status DeadlineExceeded() => new(StatusCode.DeadlineExceeded, "Deadline Exceeded");

    private void Send(HttpContent content)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_channel.Address, _method.FullName))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        request.Headers.TryAddWithoutValidation("te", "trailers");
        request.Headers.TryAddWithoutValidation("user-agent", "ilab-rpc");
        request.Headers.TryAddWithoutValidation(HeaderNames.AcceptEncoding, "identity,gzip");
        if (Remaining() is { } remaining)
        {
            request.Headers.TryAddWithoutValidation(TimeoutHeader.Name, TimeoutHeader.Format(remaining));
        }

        foreach (var entry in _options.Headers ?? Metadata.Empty)
        {
            request.Headers.TryAddWithoutValidation(entry.Key, MetadataText.ValueOf(entry));
        }

        _response = SendAsync(request);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request)
    {
        try
        {
            if (_options.Credentials is { } credentials)
            {
                var extra = new Metadata();
                await credentials.ApplyAsync(extra, _cancellation.Token).ConfigureAwait(false);
                foreach (var entry in extra)
                {
                    request.Headers.TryAddWithoutValidation(entry.Key, MetadataText.ValueOf(entry));
                }
            }

            var response = await _channel.Invoker.SendAsync(request, _cancellation.Token).ConfigureAwait(false);
            _headers.TrySetResult(HeadersOf(response));
            if (ResponseStatus.Unusable(response) is { } status)
            {
                End(status);
            }

            return response;
        }
        catch (Exception exception) when (exception is not RpcException)
        {
            End(ResponseStatus.Of(exception));
            throw Failure();
        }
    }

    private static Metadata HeadersOf(HttpResponseMessage response)
    {
        var metadata = new Metadata();
        foreach (var (name, values) in response.Headers.NonValidated)
        {
            foreach (var value in values)
            {
                MetadataText.Add(metadata, name, value);
            }
        }

        return metadata;
    }

    private TimeSpan? Remaining() =>
        _options.Deadline is { } deadline && deadline != DateTime.MaxValue
            ? deadline.ToUniversalTime() - _channel.Options.TimeProvider.GetUtcNow().UtcDateTime
            : null;

    /// <summary>Settles the call when it is not settled yet, and releases everything that waits for it.</summary>
    private void End(Status status, Metadata? trailers = null, bool evenIfOk = false)
    {
        lock (_gate)
        {
            if (_status is { } known && !(evenIfOk && known.StatusCode == StatusCode.OK))
            {
                return;
            }

            _status = status;
            _trailers = trailers;
        }

        _deadline?.Dispose();
        _callerCancelled.Unregister();
        _channelClosed.Unregister();
        if (status.StatusCode != StatusCode.OK)
        {
            _cancellation.Cancel();
            if (_headers.TrySetException(Failure()))
            {
                _ = _headers.Task.Exception; // nobody has to look at the headers
            }

            if (_response is { } response)
            {
                _ = ReleaseAsync(response);
            }
        }
    }

    /// <summary>A response that nobody reads to its end is disposed: otherwise its stream stays open and keeps the connection, and a server that
    /// wants to end waits for it.</summary>
    private static async Task ReleaseAsync(Task<HttpResponseMessage> response)
    {
        try
        {
            (await response.ConfigureAwait(false)).Dispose();
        }
        catch (Exception exception) when (exception is RpcException or OperationCanceledException)
        {
            // There was no response; the call has said why.
        }
    }

    private Exception Failure()
    {
        var status = _status!.Value;
        return status.StatusCode == StatusCode.Cancelled && _channel.Options.ThrowOperationCanceledOnCancellation && _options.CancellationToken.IsCancellationRequested
            ? new OperationCanceledException(status.Detail, _options.CancellationToken)
            : new RpcException(status, _trailers ?? Metadata.Empty);
    }
}
