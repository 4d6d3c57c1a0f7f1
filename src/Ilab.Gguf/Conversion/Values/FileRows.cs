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
    private byte[] _buffer = [];

    public long Rows => shape.Rows;

    public int Width => shape.Width;

    /// <exception cref="ConversionException">Its type holds no numbers that could be weights.</exception>
    public static FileRows Of(SafeFileHandle file, long dataOffset, SafetensorsTensor tensor)
    {
        Action<ReadOnlySpan<byte>, Span<float>> decode = tensor.Type switch
        {
            SafetensorsType.F32 => FloatCodec.FromF32,
            SafetensorsType.F16 => FloatCodec.FromF16,
            SafetensorsType.BF16 => FloatCodec.FromBF16,
            SafetensorsType.F64 => FloatCodec.FromF64,
            _ => throw new ConversionException(
                $"tensor {tensor.Name} is of type {SafetensorsTypes.Name(tensor.Type)}: only F64, F32, F16 and BF16 can be converted",
                "get the model in one of these types",
                isUnsupported: true
            ),
        };
        var size = SafetensorsTypes.Size(tensor.Type);
        return new FileRows(file, dataOffset + tensor.Offset, ShapeOf(tensor.Shape), values => values * size, decode);
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
        return new FileRows(file, dataOffset + (long)tensor.Offset, ShapeOf(shape), values => (long)GgmlTypes.Bytes(tensor.Type, (ulong)values), decode);
    }

    public void Read(long row, Span<float> values)
    {
        var bytes = (int)bytesOf(values.Length);
        if (_buffer.Length < bytes)
        {
            _buffer = new byte[bytes];
        }

        var start = offset + bytesOf(row * Width);
        for (var read = 0; read < bytes; )
        {
            var more = RandomAccess.Read(file, _buffer.AsSpan(read, bytes - read), start + read);
            read =
                more > 0 ? read + more : throw new ConversionException("a file became shorter while it was converted", "try again when nothing writes to it");
        }

        decode(_buffer.AsSpan(0, bytes), values);
    }

    // A vector is a row of its own; a matrix has its fastest dimension as width.
    private static (long Rows, int Width) ShapeOf(IReadOnlyList<long> shape) =>
        shape.Count == 0 ? (1, 1) : (shape.SkipLast(1).Aggregate(1L, static (product, length) => product * length), checked((int)shape[^1]));
}
