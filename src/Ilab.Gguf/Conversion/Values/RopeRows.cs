namespace Ilab.Gguf.Conversion.Values;

/// <summary>
/// The rows of a query or key projection in the other order of rotary pairs. Hugging Face keeps the two halves of a head apart (value i turns with value
/// i + d/2); llama.cpp's llama graph wants a pair side by side. Only whole heads are read, so that little has to be in memory.
/// </summary>
/// <param name="inner">Rows of all heads.</param>
/// <param name="heads">How many heads they are.</param>
/// <param name="toPairs">To llama.cpp's order; false = back.</param>
public sealed class RopeRows(IRowSource inner, int heads, bool toPairs) : IRowSource
{
    private readonly int _headRows = checked((int)(inner.Rows / heads));
    private float[] _head = [];
    private long _loaded = -1;

    public long Rows => inner.Rows;

    public int Width => inner.Width;

    public void Read(long row, Span<float> values)
    {
        for (var done = 0; done < values.Length; done += Width, row++)
        {
            Load(row / _headRows);
            var from = SourceOf((int)(row % _headRows));
            _head.AsSpan(from * Width, Width).CopyTo(values[done..]);
        }
    }

    private int SourceOf(int row)
    {
        var half = _headRows / 2;
        return toPairs ? ((row % 2) * half) + (row / 2) : ((row % half) * 2) + (row / half);
    }

    private void Load(long head)
    {
        if (_loaded != head)
        {
            Array.Resize(ref _head, _headRows * Width);
            inner.Read(head * _headRows, _head);
            _loaded = head;
        }
    }
}

/// <summary>A vector as rows of one value, so that what works on rows works on it.</summary>
public sealed class ColumnRows(IRowSource inner) : IRowSource
{
    public long Rows => inner.Width;

    public int Width => 1;

    public void Read(long row, Span<float> values)
    {
        var all = new float[inner.Width];
        inner.Read(0, all);
        all.AsSpan((int)row, values.Length).CopyTo(values);
    }
}
