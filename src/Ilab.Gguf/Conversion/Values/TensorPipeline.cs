using System.Buffers;

namespace Ilab.Gguf.Conversion.Values;

/// <summary>A tensor that is to be written.</summary>
/// <param name="Source">Where it comes from, for messages.</param>
internal sealed record ConvertedTensor(string Name, GgmlType Type, IRowSource Rows, string Source);

/// <summary>Some rows of a tensor.</summary>
internal readonly record struct TensorPiece(ConvertedTensor Tensor, long Row, int Count);

/// <summary>Bytes from the shared pool.</summary>
internal readonly record struct Piece(byte[] Bytes, int Length);

/// <summary>
/// Writes tensors one after the other, while the pieces behind are read and converted on all cores. A few pieces for each core are in memory, whatever the
/// size of the model.
/// </summary>
internal static class TensorPipeline
{
    private const int PieceBytes = 1 << 20,
        PiecesPerCore = 3,
        Alignment = 32;

    /// <param name="output">Positioned at a multiple of 32 bytes, as each tensor begins at one.</param>
    /// <exception cref="ConversionException">A value is no number, or a file became shorter.</exception>
    public static void Write(IEnumerable<ConvertedTensor> tensors, DigestingOutput output) => Write(Pieces(tensors), output);

    /// <inheritdoc cref="Write(IEnumerable{ConvertedTensor}, DigestingOutput)"/>
    public static void Write(IEnumerable<TensorPiece> pieces, DigestingOutput output)
    {
        var cores = Environment.ProcessorCount;
        using var work = new OrderedWork<TensorPiece, Piece>(pieces, Convert, cores, cores * PiecesPerCore);
        while (work.TryTake(out var piece))
        {
            output.Pass(piece);
        }
    }

    /// <summary>What is converted at once, in the order of the file.</summary>
    public static IEnumerable<TensorPiece> Pieces(IEnumerable<ConvertedTensor> tensors)
    {
        foreach (var tensor in tensors)
        {
            var some = (int)Math.Clamp(PieceBytes / Math.Max(sizeof(float) * (long)tensor.Rows.Width, 1), 1, Math.Max(tensor.Rows.Rows, 1));
            for (long row = 0; row < tensor.Rows.Rows; row += some)
            {
                yield return new TensorPiece(tensor, row, (int)Math.Min(some, tensor.Rows.Rows - row));
            }
        }
    }

    /// <summary>Length of a piece in the file, with the padding after the last one of a tensor.</summary>
    public static long BytesOf(TensorPiece piece) => ValuesOf(piece) + PaddingOf(piece);

    private static Piece Convert(TensorPiece piece)
    {
        var (tensor, row, count) = piece;
        var (rows, values) = (tensor.Rows, count * tensor.Rows.Width);
        var (length, padding) = (checked((int)ValuesOf(piece)), PaddingOf(piece));
        var bytes = ArrayPool<byte>.Shared.Rent(length + padding);
        bytes.AsSpan(length, padding).Clear();
        if (rows.Stored == tensor.Type)
        {
            rows.ReadBytes(row, bytes.AsSpan(0, length));
            Refuse(tensor, NumberCheck.IsAnyNone(tensor.Type, bytes.AsSpan(0, length)));
        }
        else
        {
            Encode(tensor, row, values, bytes.AsSpan(0, length));
        }

        return new Piece(bytes, length + padding);
    }

    private static void Encode(ConvertedTensor tensor, long row, int count, Span<byte> bytes)
    {
        var encode = BlockCodec.EncoderOf(tensor.Type) ?? throw new InvalidOperationException($"{tensor.Type} is only made by the native library");
        var values = ArrayPool<float>.Shared.Rent(count);
        var some = values.AsSpan(0, count);
        tensor.Rows.Read(row, some);
        Refuse(tensor, NumberCheck.IsAnyNone(some));
        encode(some, bytes);
        ArrayPool<float>.Shared.Return(values);
    }

    private static void Refuse(ConvertedTensor tensor, bool isBroken)
    {
        if (isBroken)
        {
            throw new ConversionException($"{tensor.Source} holds values that are no numbers (NaN)", "the weights are damaged: get the model again");
        }
    }

    private static long ValuesOf(TensorPiece piece) => (long)GgmlTypes.Bytes(piece.Tensor.Type, checked((ulong)piece.Count * (ulong)piece.Tensor.Rows.Width));

    private static int PaddingOf(TensorPiece piece)
    {
        var rows = piece.Tensor.Rows;
        var length = (long)GgmlTypes.Bytes(piece.Tensor.Type, (ulong)(rows.Rows * rows.Width));
        return piece.Row + piece.Count == rows.Rows ? (int)((Alignment - (length % Alignment)) % Alignment) : 0;
    }
}
