using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using Grpc.Core;

namespace Grpc.Wire;

/// <summary>
/// One message as a frame: a flag byte (1 = compressed), the length as four bytes big-endian, the message. The buffer is kept between messages.
/// </summary>
internal sealed class MessageWriter(bool compress) : SerializationContext
{
    public const int HeaderLength = 5;

    private readonly ArrayBufferWriter<byte> _buffer = new(256);

    /// <summary>The frame of a message, valid until the next call.</summary>
    /// <exception cref="RpcException">RESOURCE_EXHAUSTED: longer than the limit.</exception>
    public ReadOnlyMemory<byte> Frame<T>(T message, Action<T, SerializationContext> serialize, int? limit, bool noCompress = false)
    {
        Reset();
        serialize(message, this);
        var length = _buffer.WrittenCount - HeaderLength;
        if (length > limit)
        {
            throw new RpcException(new Status(StatusCode.ResourceExhausted, $"Sending message exceeds the maximum configured message size ({length} > {limit} bytes)."));
        }

        if (compress && !noCompress)
        {
            Compress();
        }

        var frame = System.Runtime.InteropServices.MemoryMarshal.AsMemory(_buffer.WrittenMemory);
        frame.Span[0] = (byte)(compress && !noCompress ? 1 : 0);
        BinaryPrimitives.WriteUInt32BigEndian(frame.Span[1..], (uint)(_buffer.WrittenCount - HeaderLength));
        return frame;
    }

    public override void Complete(byte[] payload)
    {
        _buffer.Write(payload);
    }

    public override IBufferWriter<byte> GetBufferWriter() => _buffer;

    public override void SetPayloadLength(int payloadLength) => _buffer.GetSpan(payloadLength);

    public override void Complete()
    {
    }

    private void Compress()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(_buffer.WrittenSpan[HeaderLength..]);
        }

        Reset();
        _buffer.Write(packed.GetBuffer().AsSpan(0, (int)packed.Length));
    }

    private void Reset()
    {
        _buffer.ResetWrittenCount();
        _buffer.GetSpan(HeaderLength);
        _buffer.Advance(HeaderLength);
    }
}
