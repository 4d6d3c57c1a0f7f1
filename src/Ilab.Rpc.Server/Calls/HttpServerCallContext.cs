using Grpc.Core;
using Grpc.Wire;
using Microsoft.AspNetCore.Http;

namespace Grpc.AspNetCore.Server.Internal;

/// <summary>One call on Kestrel.</summary>
internal sealed class HttpServerCallContext : ServerCallContext, IDisposable
{
    private readonly CancellationTokenSource _cancellation;
    private readonly Metadata _trailers = [];
    private Metadata? _requestHeaders;

    public HttpServerCallContext(HttpContext httpContext, TimeProvider time)
    {
        HttpContext = httpContext;
        _cancellation = CancellationTokenSource.CreateLinkedTokenSource(httpContext.RequestAborted);
        DeadlineCore = DateTime.MaxValue;
        if (httpContext.Request.Headers.TryGetValue(TimeoutHeader.Name, out var text) && TimeoutHeader.TryParse(text, out var timeout))
        {
            var now = time.GetUtcNow().UtcDateTime;
            DeadlineCore = timeout < DateTime.MaxValue - now ? now + timeout : DateTime.MaxValue;
            DeadlineSource = new CancellationTokenSource(timeout.TotalMilliseconds < int.MaxValue ? timeout : Timeout.InfiniteTimeSpan, time);
            DeadlineSource.Token.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), _cancellation);
        }
    }

    public HttpContext HttpContext { get; }

    /// <summary>Cancelled when the deadline passes; null when there is none.</summary>
    public CancellationTokenSource? DeadlineSource { get; }

    public bool DeadlinePassed => DeadlineSource is { IsCancellationRequested: true };

    /// <summary>Whether responses may be compressed.</summary>
    public bool Compress { get; set; }

    protected override string MethodCore => HttpContext.Request.Path.Value!;

    protected override string HostCore => HttpContext.Request.Host.Value ?? "";

    protected override string PeerCore =>
        HttpContext.Connection.RemoteIpAddress is { } address ? $"ipv{(address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? 4 : 6)}:{address}:{HttpContext.Connection.RemotePort}" : "unix:";

    protected override DateTime DeadlineCore { get; }

    protected override Metadata RequestHeadersCore => _requestHeaders ??= ReadHeaders();

    protected override CancellationToken CancellationTokenCore => _cancellation.Token;

    protected override Metadata ResponseTrailersCore => _trailers;

    protected override Status StatusCore { get; set; }

    protected override WriteOptions? WriteOptionsCore { get; set; }

    public void Dispose()
    {
        DeadlineSource?.Dispose();
        _cancellation.Dispose();
    }

    /// <summary>Cancels what the handler may still be doing for the call.</summary>
    public void Cancel() => _cancellation.Cancel();

    protected override Task WriteResponseHeadersAsyncCore(Metadata responseHeaders)
    {
        foreach (var entry in responseHeaders)
        {
            HttpContext.Response.Headers.Append(entry.Key, MetadataText.ValueOf(entry));
        }

        return HttpContext.Response.BodyWriter.FlushAsync(CancellationToken).AsTask();
    }

    private Metadata ReadHeaders()
    {
        var metadata = new Metadata();
        foreach (var (name, values) in HttpContext.Request.Headers)
        {
            foreach (var value in values)
            {
                MetadataText.Add(metadata, name, value ?? "");
            }
        }

        return metadata;
    }
}
