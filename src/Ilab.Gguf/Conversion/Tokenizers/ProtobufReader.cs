using System.Buffers.Binary;

namespace Ilab.Gguf.Conversion.Tokenizers;

/// <summary>As much of the protobuf wire format as a SentencePiece model needs.</summary>
internal ref struct ProtobufReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public int Field { get; private set; }

    public ulong Number { get; private set; }

    /// <summary>Bytes of a text or message.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    public readonly float Float => BitConverter.UInt32BitsToSingle((uint)Number);

    /// <summary>Goes to the next field.</summary>
    /// <exception cref="ConversionException">The bytes are no such message.</exception>
    public bool Next()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        var tag = Varint();
        Field = (int)Math.Min(tag >> 3, int.MaxValue);
        Bytes = default;
        switch (tag & 7)
        {
            case 0:
                Number = Varint();
                break;
            case 1:
                Number = BinaryPrimitives.ReadUInt64LittleEndian(Take(8));
                break;
            case 2:
                Bytes = Take(Varint());
                break;
            case 5:
                Number = BinaryPrimitives.ReadUInt32LittleEndian(Take(4));
                break;
            default:
                throw Broken();
        }

        return true;
    }

    private static ConversionException Broken() => new("tokenizer.model is not a SentencePiece model", "check that the file is whole");

    private ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var part = Take(1)[0];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }

        throw Broken();
    }

    private ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)_rest.Length)
        {
            throw Broken();
        }

        var taken = _rest[..(int)count];
        _rest = _rest[(int)count..];
        return taken;
    }
}
