using System.Buffers.Binary;
using System.Text;

namespace Ilab.Gguf.Conversion.Tokenizers;

/// <summary>As much of the protobuf wire format as a SentencePiece model needs.</summary>
internal static class ProtobufWriter
{
    public static void Number(Stream stream, int field, ulong value)
    {
        Varint(stream, (ulong)field << 3);
        Varint(stream, value);
    }

    public static void Float(Stream stream, int field, float value)
    {
        Varint(stream, ((ulong)field << 3) | 5);
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        stream.Write(bytes);
    }

    public static void Text(Stream stream, int field, string value) => Bytes(stream, field, Encoding.UTF8.GetBytes(value));

    public static void Message(Stream stream, int field, MemoryStream message) => Bytes(stream, field, message.ToArray());

    private static void Bytes(Stream stream, int field, byte[] bytes)
    {
        Varint(stream, ((ulong)field << 3) | 2);
        Varint(stream, (ulong)bytes.Length);
        stream.Write(bytes);
    }

    private static void Varint(Stream stream, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            stream.WriteByte((byte)(value | 0x80));
        }

        stream.WriteByte((byte)value);
    }
}
