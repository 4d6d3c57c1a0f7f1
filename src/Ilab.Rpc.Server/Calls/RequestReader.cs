using System.IO.Pipelines;
using Grpc.Core;
using Grpc.Wire;

namespace Grpc.AspNetCore.Server.Internal;

/// <summary>The request's messages, read from Kestrel's pipe without a copy.</summary>
internal sealed class RequestReader<T>(HttpServerCallContext context, Marshaller<T> marshaller, int? limit) : IAsyncStreamReader<T>
    where T : class
{
    private readonly PipeReader _pipe = context.HttpContext.Request.BodyReader;
    private readonly string? _encoding = context.HttpContext.Request.Headers[HeaderNames.Encoding];
    private readonly MessagePayload _payload = new();
    private bool _ended;

    public T Current { get; private set; } = null!;

    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        if (_ended)
        {
            return false;
        }

        using var linked = cancellationToken.CanBeCanceled && cancellationToken != context.CancellationToken
            ? CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, context.CancellationToken)
            : null;
        var token = linked?.Token ?? context.CancellationToken;
        while (true)
        {
            var read = await _pipe.ReadAsync(token).ConfigureAwait(false);
            var buffer = read.Buffer;
            if (_payload.TryTake(ref buffer, limit, marshaller.ContextualDeserializer, _encoding, out var message))
            {
                _pipe.AdvanceTo(buffer.Start);
                Current = message;
                return true;
            }

            var rest = buffer.Length;
            _pipe.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted)
            {
                _ended = true;
                return rest == 0 ? false : throw new RpcException(new Status(StatusCode.Internal, "Incomplete message."));
            }
        }
    }

    /// <summary>The one message of a call that does not stream requests.</summary>
    public async Task<T> ReadSingleAsync()
    {
        if (!await MoveNext(CancellationToken.None).ConfigureAwait(false))
        {
            throw new RpcException(new Status(StatusCode.Internal, "Incomplete message."));
        }

        var message = Current;
        return await MoveNext(CancellationToken.None).ConfigureAwait(false)
            ? throw new RpcException(new Status(StatusCode.Internal, "Additional data after the message received."))
            : message;
    }
}
