using System.Buffers;
using Ilab.Gguf.Safetensors;
using Microsoft.Win32.SafeHandles;

namespace Ilab.Gguf.Conversion.Values;

/// <summary>Rows of a tensor in a file.</summary>
/// <param name="file">Open; it belongs to somebody else.</param>
/// <param name="offset">Where the tensor starts, in bytes.</param>
/// <param name="bytesOf">Bytes of so many values.</param>
/// <param name="decode">Bytes to values.</param>
public sealed class FileRows(
    SafeFileHandle file,
    long offset,
    (long Rows, int Width) shape,
    Func<long, long> bytesOf,
    Action<ReadOnlySpan<byte>, Span<float>> decode
) : IRowSource
{
    public long Rows => shape.Rows;

    public int Width => shape.Width;

    public GgmlType? Stored { get; init; }

    public static FileRows Of(SafeFileHandle file, long dataOffset, SafetensorsTensor tensor)
    {
        Action<ReadOnlySpan<byte>, Span<float>> decode = tensor.Type switch
        {
            SafetensorsType.F32 => FloatCodec.FromF32,
            SafetensorsType.F16 => FloatCodec.FromF16,
            SafetensorsType.BF16 => FloatCodec.FromBF16,
            SafetensorsType.F64 => FloatCodec.FromF64,
            SafetensorsType.F8E4M3 => Float8Codec.FromE4M3,
            SafetensorsType.F8E5M2 => Float8Codec.FromE5M2,
            SafetensorsType.I8 => FloatCodec.FromI8,
            SafetensorsType.U8 => FloatCodec.FromU8,
            // Packed numbers: their bytes are read, not their values.
            _ => (_, _) => throw new ConversionException($"tensor {tensor.Name} is of type {SafetensorsTypes.Name(tensor.Type)}", isUnsupported: true),
        };
        var size = SafetensorsTypes.Size(tensor.Type);
        return new FileRows(file, dataOffset + tensor.Offset, ShapeOf(tensor.Shape), values => values * size, decode)
        {
            Stored = tensor.Type switch
            {
                SafetensorsType.F32 => GgmlType.F32,
                SafetensorsType.F16 => GgmlType.F16,
                SafetensorsType.BF16 => GgmlType.BF16,
                _ => null,
            },
        };
    }

    public static FileRows Of(SafeFileHandle file, long dataOffset, GgufTensor tensor)
    {
        var decode =
            BlockCodec.DecoderOf(tensor.Type)
            ?? throw new ConversionException(
                $"tensor {tensor.Name} is of type {tensor.Type}, which cannot be read back into numbers here",
                "make a model of it with 'ilab model quantize MODEL --type F16' first",
                isUnsupported: true
            );
        var shape = tensor.Shape.Reverse().Select(static length => (long)length).ToArray();
        return new FileRows(file, dataOffset + (long)tensor.Offset, ShapeOf(shape), values => (long)GgmlTypes.Bytes(tensor.Type, (ulong)values), decode)
        {
            Stored = tensor.Type,
        };
    }

    public void Read(long row, Span<float> values)
    {
        var length = (int)bytesOf(values.Length);
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        var bytes = buffer.AsSpan(0, length);
        ReadBytes(row, bytes);
        decode(bytes, values);
        ArrayPool<byte>.Shared.Return(buffer);
    }

    public void ReadBytes(long row, Span<byte> bytes)
    {
        var start = offset + bytesOf(row * Width);
        for (var read = 0; read < bytes.Length; )
        {
            var more = RandomAccess.Read(file, bytes[read..], start + read);
            read =
                more > 0 ? read + more : throw new ConversionException("a file became shorter while it was converted", "try again when nothing writes to it");
        }
    }

    // A vector is a row of its own; a matrix has its fastest dimension as width.
    internal static (long Rows, int Width) ShapeOf(IReadOnlyList<long> shape) =>
        shape.Count == 0 ? (1, 1) : (shape.SkipLast(1).Aggregate(1L, static (product, length) => product * length), checked((int)shape[^1]));
}
