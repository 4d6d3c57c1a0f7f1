namespace Ilab.Gguf.Conversion.Values;

/// <summary>Rows of zeros, then those of a source.</summary>
public sealed class PaddedRows(IRowSource inner, long zeros) : IRowSource
{
    public long Rows => zeros + inner.Rows;

    public int Width => inner.Width;

    public void Read(long row, Span<float> values)
    {
        var empty = (int)Math.Clamp((zeros - row) * Width, 0, values.Length);
        values[..empty].Clear();
        if (empty < values.Length)
        {
            inner.Read(Math.Max(0, row - zeros), values[empty..]);
        }
    }
}
