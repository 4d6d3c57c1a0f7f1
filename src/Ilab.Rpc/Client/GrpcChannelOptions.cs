using Grpc.Core;

namespace Grpc.Net.Client;

/// <summary>How a channel connects and what it takes.</summary>
public sealed class GrpcChannelOptions
{
    /// <summary>Most bytes of a message sent; null = no limit.</summary>
    public int? MaxSendMessageSize { get; set; }

    /// <summary>Most bytes of a message received; null = no limit; 4 MiB unless set.</summary>
    public int? MaxReceiveMessageSize { get; set; } = 4 * 1024 * 1024;

    /// <summary>Makes the connections; a plain <see cref="SocketsHttpHandler"/> when null.</summary>
    public HttpMessageHandler? HttpHandler { get; set; }

    /// <summary>Whether the channel disposes <see cref="HttpHandler"/>.</summary>
    public bool DisposeHttpClient { get; set; }

    /// <summary>Throws <see cref="OperationCanceledException"/> instead of <see cref="RpcException"/> when the caller cancels.</summary>
    public bool ThrowOperationCanceledOnCancellation { get; set; }

    /// <summary>Source of time for deadlines.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;
}
