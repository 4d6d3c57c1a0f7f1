namespace Ilab.Gguf.Conversion.Values;

/// <summary>Writes rows in a tensor type, some at a time.</summary>
public static class RowWriter
{
    private const int ChunkValues = 1 << 20;

    public static void Write(IRowSource rows, GgmlType type, Stream stream) =>
        Write(
            rows,
            BlockCodec.EncoderOf(type) ?? throw new ArgumentException($"{type} is only made by the native library", nameof(type)),
            values => (int)GgmlTypes.Bytes(type, (ulong)values),
            stream
        );

    /// <summary>Writes values from 0 to 255 as bytes.</summary>
    public static void WriteBytes(IRowSource rows, Stream stream) =>
        Write(
            rows,
            static (values, bytes) =>
            {
                for (var index = 0; index < values.Length; index++)
                {
                    bytes[index] = (byte)values[index];
                }
            },
            static values => values,
            stream
        );

    private static void Write(IRowSource rows, Action<ReadOnlySpan<float>, Span<byte>> encode, Func<int, int> bytesOf, Stream stream)
    {
        var some = (int)Math.Clamp(ChunkValues / Math.Max(rows.Width, 1), 1, Math.Max(rows.Rows, 1));
        var values = new float[some * rows.Width];
        var bytes = new byte[bytesOf(values.Length)];
        for (long row = 0; row < rows.Rows; row += some)
        {
            var count = (int)Math.Min(some, rows.Rows - row) * rows.Width;
            rows.Read(row, values.AsSpan(0, count));
            var length = bytesOf(count);
            encode(values.AsSpan(0, count), bytes.AsSpan(0, length));
            stream.Write(bytes.AsSpan(0, length));
        }
    }
}
