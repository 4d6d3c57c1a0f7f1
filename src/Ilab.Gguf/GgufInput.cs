using System.Buffers.Binary;
using System.Text;

namespace Ilab.Gguf;

/// <summary>Bytes of a stream in order, never past its end, never more in memory than a string needs.</summary>
internal sealed class GgufInput(Stream stream)
{
    private static readonly UTF8Encoding Strict = new(false, true);

    private readonly byte[] _small = new byte[8];

    public long Position { get; private set; }

    public long Length { get; } = stream.Length;

    public long Remaining => Length - Position;

    public byte Byte() => Take(1)[0];

    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    public float Float32() => BinaryPrimitives.ReadSingleLittleEndian(Take(4));

    public double Float64() => BinaryPrimitives.ReadDoubleLittleEndian(Take(8));

    /// <param name="what">What it is, for the error.</param>
    /// <param name="most">Most bytes it may have.</param>
    public string String(string what, int most)
    {
        var at = Position;
        var length = UInt64();
        if (length > (ulong)Remaining)
        {
            throw new GgufException($"{what} claims {length} bytes but the file has {Remaining} left", at);
        }

        if (length > (ulong)most)
        {
            throw new GgufException($"{what} has {length} bytes, more than the {most} that make sense", at);
        }

        var bytes = new byte[length];
        Fill(bytes);
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            // Vocabularies hold raw bytes; names do not have to be text to be shown.
            return Encoding.Latin1.GetString(bytes);
        }
    }

    public void Skip(ulong count, string what)
    {
        if (count > (ulong)Remaining)
        {
            throw new GgufException($"{what} claims {count} bytes but the file has {Remaining} left", Position);
        }

        stream.Seek((long)count, SeekOrigin.Current);
        Position += (long)count;
    }

    private Span<byte> Take(int count)
    {
        var bytes = _small.AsSpan(0, count);
        Fill(bytes);
        return bytes;
    }

    private void Fill(Span<byte> bytes)
    {
        if (bytes.Length > Remaining)
        {
            throw new GgufException($"the file ends in the middle of its header: {bytes.Length} more bytes were expected", Position);
        }

        stream.ReadExactly(bytes);
        Position += bytes.Length;
    }
}
