namespace Ilab.Gguf.Conversion.Values;

/// <summary>Rows multiplied by a number.</summary>
public sealed class ScaledRows(IRowSource rows, double factor) : IRowSource
{
    public long Rows => rows.Rows;

    public int Width => rows.Width;

    public void Read(long row, Span<float> values)
    {
        rows.Read(row, values);
        foreach (ref var value in values)
        {
            value = (float)(value * factor);
        }
    }
}
