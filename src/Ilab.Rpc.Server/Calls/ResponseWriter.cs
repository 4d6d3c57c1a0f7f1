using System.Buffers;
using Grpc.Core;
using Grpc.Wire;

namespace Grpc.AspNetCore.Server.Internal;

/// <summary>The response's messages. One write at a time; each is flushed unless more is announced.</summary>
internal sealed class ResponseWriter<T>(HttpServerCallContext context, Marshaller<T> marshaller, int? limit) : IServerStreamWriter<T>
    where T : class
{
    private readonly MessageWriter _writer = new(context.Compress);
    private int _writing;
    private bool _completed;

    public WriteOptions? WriteOptions
    {
        get => context.WriteOptions;
        set => context.WriteOptions = value;
    }

    public Task WriteAsync(T message) => WriteAsync(message, CancellationToken.None);

    public async Task WriteAsync(T message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        cancellationToken.ThrowIfCancellationRequested();
        context.CancellationToken.ThrowIfCancellationRequested();
        if (_completed)
        {
            throw new InvalidOperationException("Can't write the message because the request is complete.");
        }

        if (Interlocked.Exchange(ref _writing, 1) != 0)
        {
            throw new InvalidOperationException("Can't write the message because the previous write is in progress.");
        }

        try
        {
            var flags = context.WriteOptions?.Flags ?? default;
            var frame = _writer.Frame(message, marshaller.ContextualSerializer, limit, flags.HasFlag(WriteFlags.NoCompress));
            var output = context.HttpContext.Response.BodyWriter;
            output.Write(frame.Span);
            if (!flags.HasFlag(WriteFlags.BufferHint))
            {
                await output.FlushAsync(context.CancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            Volatile.Write(ref _writing, 0);
        }
    }

    /// <summary>Writes the one message of a call that does not stream responses; leaves with the trailers.</summary>
    public void WriteSingle(T message)
    {
        var flags = context.WriteOptions?.Flags ?? default;
        context.HttpContext.Response.BodyWriter.Write(_writer.Frame(message, marshaller.ContextualSerializer, limit, flags.HasFlag(WriteFlags.NoCompress)).Span);
    }

    public void Complete() => _completed = true;
}
