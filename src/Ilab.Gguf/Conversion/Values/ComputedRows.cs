namespace Ilab.Gguf.Conversion.Values;

/// <summary>Each value becomes another one.</summary>
/// <param name="change">First row, its width, and values to change in place.</param>
public sealed class ComputedRows(IRowSource inner, ComputedRows.Change change) : IRowSource
{
    /// <param name="row">First row of the values.</param>
    /// <param name="width">Values in a row.</param>
    public delegate void Change(long row, int width, Span<float> values);

    public long Rows => inner.Rows;

    public int Width => inner.Width;

    public void Read(long row, Span<float> values)
    {
        inner.Read(row, values);
        change(row, inner.Width, values);
    }

    /// <summary>Every value by itself.</summary>
    public static ComputedRows Of(IRowSource inner, Func<float, float> change) =>
        new(
            inner,
            (_, _, values) =>
            {
                foreach (ref var value in values)
                {
                    value = change(value);
                }
            }
        );
}
