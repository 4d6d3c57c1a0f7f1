namespace Ilab.Gguf.Conversion.Values;

/// <summary>Writes rows in a tensor type, some at a time.</summary>
public static class RowWriter
{
    private const int ChunkValues = 1 << 20;

    public static void Write(IRowSource rows, GgmlType type, Stream stream)
    {
        var encode = BlockCodec.EncoderOf(type) ?? throw new ArgumentException($"{type} is only made by the native library", nameof(type));
        var some = (int)Math.Clamp(ChunkValues / Math.Max(rows.Width, 1), 1, Math.Max(rows.Rows, 1));
        var values = new float[some * rows.Width];
        var bytes = new byte[GgmlTypes.Bytes(type, (ulong)values.Length)];
        for (long row = 0; row < rows.Rows; row += some)
        {
            var count = (int)Math.Min(some, rows.Rows - row) * rows.Width;
            rows.Read(row, values.AsSpan(0, count));
            var length = (int)GgmlTypes.Bytes(type, (ulong)count);
            encode(values.AsSpan(0, count), bytes.AsSpan(0, length));
            stream.Write(bytes.AsSpan(0, length));
        }
    }
}
