using Ilab.Gguf.Conversion.Values;

namespace Ilab.Gguf.Conversion.HuggingFace.Packed;

/// <summary>A matrix whose values are worked out one by one from parts that are loaded as a whole.</summary>
/// <param name="parts">What the values are worked out from.</param>
/// <param name="value">Of a row and a column.</param>
internal sealed class PackedRows<T>(long rows, int width, Func<T> parts, Func<T, long, int, float> value) : IRowSource
    where T : class
{
    private readonly Loaded<T> _parts = new(parts);

    public long Rows => rows;

    public int Width => width;

    public void Read(long row, Span<float> values)
    {
        var loaded = _parts.Value;
        for (var done = 0; done < values.Length; done += width, row++)
        {
            for (var column = 0; column < width; column++)
            {
                values[done + column] = value(loaded, row, column);
            }
        }
    }
}
