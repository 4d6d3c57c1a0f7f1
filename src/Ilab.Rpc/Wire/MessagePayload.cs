using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using Grpc.Core;

namespace Grpc.Wire;

/// <summary>One received message, handed to a deserializer.</summary>
internal sealed class MessagePayload : DeserializationContext
{
    private ReadOnlySequence<byte> _payload;

    public override int PayloadLength => (int)_payload.Length;

    public override byte[] PayloadAsNewBuffer() => _payload.ToArray();

    public override ReadOnlySequence<byte> PayloadAsReadOnlySequence() => _payload;

    /// <summary>Takes one frame off the front of what was received.</summary>
    /// <param name="received">What was received; moved past the frame when there is a whole one.</param>
    /// <param name="limit">Most bytes a message may have, null = no limit.</param>
    /// <param name="deserialize">Reads the message.</param>
    /// <param name="encoding">The stream's <c>grpc-encoding</c>.</param>
    /// <param name="message">The message.</param>
    /// <exception cref="RpcException">RESOURCE_EXHAUSTED, INTERNAL or UNIMPLEMENTED when the frame cannot be taken.</exception>
    public bool TryTake<T>(ref ReadOnlySequence<byte> received, int? limit, Func<DeserializationContext, T> deserialize, string? encoding, out T message)
    {
        message = default!;
        if (received.Length < MessageWriter.HeaderLength)
        {
            return false;
        }

        Span<byte> header = stackalloc byte[MessageWriter.HeaderLength];
        received.Slice(0, MessageWriter.HeaderLength).CopyTo(header);
        var length = BinaryPrimitives.ReadUInt32BigEndian(header[1..]);
        if (length > (limit ?? int.MaxValue))
        {
            throw new RpcException(new Status(StatusCode.ResourceExhausted, $"Received message exceeds the maximum configured message size ({length} > {limit ?? int.MaxValue} bytes)."));
        }

        if (received.Length < MessageWriter.HeaderLength + length)
        {
            return false;
        }

        var body = received.Slice(MessageWriter.HeaderLength, length);
        _payload = header[0] switch
        {
            0 => body,
            1 => Expand(body, encoding, limit),
            _ => throw new RpcException(new Status(StatusCode.Internal, "Unexpected compressed flag value in message header.")),
        };
        message = deserialize(this);
        received = received.Slice(body.End);
        _payload = default;
        return true;
    }

    private static ReadOnlySequence<byte> Expand(in ReadOnlySequence<byte> body, string? encoding, int? limit)
    {
        if (encoding is null or HeaderNames.Identity)
        {
            throw new RpcException(new Status(StatusCode.Internal, "Request did not include grpc-encoding value with compressed message."));
        }

        if (encoding != HeaderNames.Gzip)
        {
            throw new RpcException(new Status(StatusCode.Unimplemented, $"Unsupported grpc-encoding value '{encoding}'. Supported encodings: identity, gzip"));
        }

        using var source = new GZipStream(new MemoryStream(body.ToArray()), CompressionMode.Decompress);
        using var expanded = new MemoryStream();
        var buffer = new byte[81920];
        for (int read; (read = source.Read(buffer)) > 0;)
        {
            expanded.Write(buffer, 0, read);
            if (expanded.Length > (limit ?? int.MaxValue))
            {
                throw new RpcException(new Status(StatusCode.ResourceExhausted, $"Received message exceeds the maximum configured message size ({limit} bytes) when decompressed."));
            }
        }

        return new ReadOnlySequence<byte>(expanded.GetBuffer(), 0, (int)expanded.Length);
    }
}
