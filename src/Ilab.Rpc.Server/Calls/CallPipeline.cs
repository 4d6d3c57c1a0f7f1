using System.Globalization;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Grpc.AspNetCore.Server.Internal;

/// <summary>What happens around every handler: protocol checks, deadline, status, trailers.</summary>
internal sealed class CallPipeline(IOptions<GrpcServiceOptions> options, IServiceProvider services, ILogger<CallPipeline> logger)
{
    private readonly TimeProvider _time = services.GetService<TimeProvider>() ?? TimeProvider.System;
    private Interceptor[]? _interceptors;

    public GrpcServiceOptions Options { get; } = options.Value;

    public IReadOnlyList<Interceptor> Interceptors =>
        _interceptors ??= [.. Options.Interceptors.Select(type => (Interceptor)ActivatorUtilities.GetServiceOrCreateInstance(services, type))];

    public async Task RunAsync(HttpContext http, Func<HttpServerCallContext, Task> handler)
    {
        if (!Accept(http))
        {
            return;
        }

        using var context = new HttpServerCallContext(http, _time) { Compress = MayCompress(http) };
        http.Response.ContentType = HeaderNames.ContentType;
        if (context.Compress)
        {
            http.Response.Headers[HeaderNames.Encoding] = HeaderNames.Gzip;
        }

        // Long streams have no minimum rate: silence is not an attack here.
        if (http.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = null;
        }

        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }

        var status = await InvokeAsync(context, handler).ConfigureAwait(false);
        Finish(context, status);
    }

    /// <summary>Answers a path that no service has.</summary>
    public Task AnswerUnknownAsync(HttpContext http)
    {
        if (Accept(http))
        {
            http.Response.ContentType = HeaderNames.ContentType;
            WriteStatus(http, new Status(StatusCode.Unimplemented, "Service is unimplemented."), []);
        }

        return Task.CompletedTask;
    }

    public Task AnswerUnknownMethodAsync(HttpServerCallContext context)
    {
        context.Status = new Status(StatusCode.Unimplemented, "Method is unimplemented.");
        return Task.CompletedTask;
    }

    private async Task<Status> InvokeAsync(HttpServerCallContext context, Func<HttpServerCallContext, Task> handler)
    {
        try
        {
            var running = handler(context);
            if (context.DeadlineSource is { } deadline && !running.IsCompleted)
            {
                await Task.WhenAny(running, Task.Delay(Timeout.Infinite, deadline.Token)).ConfigureAwait(false);
                if (!running.IsCompleted)
                {
                    // The caller has gone; what the handler still does is nobody's answer, but its failure must not go unseen.
                    Abandon(running, context.Method);
                    return new Status(StatusCode.DeadlineExceeded, "Deadline Exceeded");
                }
            }

            await running.ConfigureAwait(false);
            return context.DeadlinePassed && context.CancellationToken.IsCancellationRequested && context.Status.StatusCode == StatusCode.OK && context.DeadlineSource!.IsCancellationRequested
                ? new Status(StatusCode.DeadlineExceeded, "Deadline Exceeded")
                : context.Status;
        }
        catch (Exception exception)
        {
            return StatusOf(exception, context);
        }
    }

    private void Abandon(Task running, string method) =>
        running.ContinueWith(
            task =>
            {
                if (task.Exception!.InnerException is { } cause and not (OperationCanceledException or RpcException))
                {
                    RpcServerLog.HandlerFailed(logger, cause, method);
                }
            },
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted,
            TaskScheduler.Default);

    private Status StatusOf(Exception exception, HttpServerCallContext context)
    {
        switch (exception)
        {
            case RpcException rpc:
                foreach (var entry in rpc.Trailers)
                {
                    context.ResponseTrailers.Add(entry);
                }

                return rpc.Status;
            case OperationCanceledException or IOException when context.DeadlinePassed:
                return new Status(StatusCode.DeadlineExceeded, "Deadline Exceeded");
            case OperationCanceledException or IOException when context.CancellationToken.IsCancellationRequested:
                return new Status(StatusCode.Cancelled, "The call was cancelled.");
            case NotSupportedException when context.HttpContext.RequestAborted.IsCancellationRequested:
                return new Status(StatusCode.Cancelled, "The call was cancelled.");
            default:
                RpcServerLog.HandlerFailed(logger, exception, context.Method);
                return new Status(StatusCode.Unknown, Options.EnableDetailedErrors ? $"Exception was thrown by handler. {exception.GetType().Name}: {exception.Message}" : "Exception was thrown by handler.");
        }
    }

    private static void Finish(HttpServerCallContext context, Status status)
    {
        if (context.HttpContext.RequestAborted.IsCancellationRequested)
        {
            return; // nobody is there to read it
        }

        context.Cancel();
        WriteStatus(context.HttpContext, status, context.ResponseTrailers);
    }

    private static void WriteStatus(HttpContext http, Status status, Metadata trailers)
    {
        http.Response.AppendTrailer(HeaderNames.Status, ((int)status.StatusCode).ToString(CultureInfo.InvariantCulture));
        if (status.Detail.Length > 0)
        {
            http.Response.AppendTrailer(HeaderNames.Message, PercentEncoding.Encode(status.Detail));
        }

        foreach (var entry in trailers)
        {
            http.Response.AppendTrailer(entry.Key, MetadataText.ValueOf(entry));
        }
    }

    private bool MayCompress(HttpContext http) =>
        Options.ResponseCompressionAlgorithm == HeaderNames.Gzip
        && http.Request.Headers[HeaderNames.AcceptEncoding].ToString().Split(',').Any(static name => name.Trim() == HeaderNames.Gzip);

    private static bool Accept(HttpContext http)
    {
        if (!HttpProtocol.IsHttp2(http.Request.Protocol))
        {
            http.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
            return false;
        }

        var type = http.Request.ContentType;
        if (!HttpMethods.IsPost(http.Request.Method) || type is null || !type.StartsWith(HeaderNames.ContentType, StringComparison.OrdinalIgnoreCase)
            || (type.Length > HeaderNames.ContentType.Length && type[HeaderNames.ContentType.Length] is not ('+' or ';')))
        {
            http.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return false;
        }

        return true;
    }
}
