namespace Ilab.Gguf.Conversion.Values;

/// <summary>Some rows of another source, in another order. Runs that lie together are read together.</summary>
/// <param name="inner">Of the same width.</param>
/// <param name="rows">How many rows this has.</param>
/// <param name="map">Row of this to row of the other.</param>
public sealed class MappedRows(IRowSource inner, long rows, Func<long, long> map) : IRowSource
{
    public long Rows => rows;

    public int Width => inner.Width;

    public GgmlType? Stored => inner.Stored;

    public void Read(long row, Span<float> values)
    {
        for (var done = 0; done < values.Length; )
        {
            var (from, count) = RunAt(row, (values.Length - done) / Width);
            inner.Read(from, values.Slice(done, count * Width));
            (done, row) = (done + (count * Width), row + count);
        }
    }

    public void ReadBytes(long row, Span<byte> bytes)
    {
        var length = (int)GgmlTypes.Bytes(Stored!.Value, (ulong)Width);
        for (var done = 0; done < bytes.Length; )
        {
            var (from, count) = RunAt(row, (bytes.Length - done) / length);
            inner.ReadBytes(from, bytes.Slice(done, count * length));
            (done, row) = (done + (count * length), row + count);
        }
    }

    private (long From, int Count) RunAt(long row, int most)
    {
        var from = map(row);
        var count = 1;
        while (count < most && map(row + count) == from + count)
        {
            count++;
        }

        return (from, count);
    }
}

/// <summary>Some columns of another source, in another order.</summary>
/// <param name="map">Column of this to column of the other.</param>
public sealed class MappedColumns(IRowSource inner, int[] map) : IRowSource
{
    public long Rows => inner.Rows;

    public int Width => map.Length;

    public void Read(long row, Span<float> values)
    {
        var whole = new float[inner.Width];
        for (var done = 0; done < values.Length; done += Width, row++)
        {
            inner.Read(row, whole);
            for (var column = 0; column < map.Length; column++)
            {
                values[done + column] = whole[map[column]];
            }
        }
    }
}

/// <summary>Sources of the same width and number of rows, one after the other.</summary>
public sealed class StackedRows(IReadOnlyList<IRowSource> parts) : IRowSource
{
    public long Rows => parts[0].Rows * parts.Count;

    public int Width => parts[0].Width;

    public GgmlType? Stored => parts.All(part => part.Stored == parts[0].Stored) ? parts[0].Stored : null;

    public void Read(long row, Span<float> values)
    {
        for (var done = 0; done < values.Length; )
        {
            var (part, first, count) = At(row, (values.Length - done) / Width);
            part.Read(first, values.Slice(done, count * Width));
            (done, row) = (done + (count * Width), row + count);
        }
    }

    public void ReadBytes(long row, Span<byte> bytes)
    {
        var length = (int)GgmlTypes.Bytes(Stored!.Value, (ulong)Width);
        for (var done = 0; done < bytes.Length; )
        {
            var (part, first, count) = At(row, (bytes.Length - done) / length);
            part.ReadBytes(first, bytes.Slice(done, count * length));
            (done, row) = (done + (count * length), row + count);
        }
    }

    private (IRowSource Part, long First, int Count) At(long row, int most)
    {
        var each = parts[0].Rows;
        return (parts[(int)(row / each)], row % each, (int)Math.Min(most, each - (row % each)));
    }
}
