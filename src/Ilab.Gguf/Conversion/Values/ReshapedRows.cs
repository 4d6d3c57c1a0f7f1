namespace Ilab.Gguf.Conversion.Values;

/// <summary>The same values in rows of another length.</summary>
/// <param name="inner">Of as many values.</param>
public sealed class ReshapedRows(IRowSource inner, int width) : IRowSource
{
    public long Rows => inner.Rows * inner.Width / width;

    public int Width => width;

    public void Read(long row, Span<float> values)
    {
        var (start, other) = (row * width, inner.Width);
        if (start % other == 0 && values.Length % other == 0)
        {
            inner.Read(start / other, values);
            return;
        }

        var (first, last) = (start / other, (start + values.Length - 1) / other);
        var covering = new float[(last - first + 1) * other];
        inner.Read(first, covering);
        covering.AsSpan((int)(start - (first * other)), values.Length).CopyTo(values);
    }
}

/// <summary>Matrices with rows and columns exchanged. One matrix at a time is in memory.</summary>
/// <param name="inner">One matrix after the other.</param>
/// <param name="height">Rows of one of them.</param>
public sealed class TransposedRows(IRowSource inner, int height) : IRowSource
{
    private readonly Lock _gate = new();
    private Loaded<float[]>? _matrix;
    private long _number = -1;

    public long Rows => inner.Rows / height * inner.Width;

    public int Width => height;

    public void Read(long row, Span<float> values)
    {
        var columns = inner.Width;
        for (var done = 0; done < values.Length; done += height, row++)
        {
            var matrix = Load(row / columns);
            var column = (int)(row % columns);
            for (var index = 0; index < height; index++)
            {
                values[done + index] = matrix[(index * columns) + column];
            }
        }
    }

    private float[] Load(long number)
    {
        Loaded<float[]> loaded;
        lock (_gate)
        {
            if (_number != number || _matrix is null)
            {
                _matrix = new Loaded<float[]>(() =>
                {
                    var matrix = new float[height * inner.Width];
                    inner.Read(number * height, matrix);
                    return matrix;
                });
                _number = number;
            }

            loaded = _matrix;
        }

        return loaded.Value;
    }
}
