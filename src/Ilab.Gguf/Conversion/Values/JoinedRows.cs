namespace Ilab.Gguf.Conversion.Values;

/// <summary>An axis that lies in several sources, in front of the last one.</summary>
/// <param name="parts">Of the same width.</param>
/// <param name="places">Where each entry of the axis is: the source, and the entry of its axis.</param>
/// <param name="after">Rows of an entry.</param>
public sealed class JoinedRows(IReadOnlyList<IRowSource> parts, (int Part, int Place)[] places, long after) : IRowSource
{
    private readonly long[] _lengths = [.. parts.Select((_, part) => (long)places.Count(place => place.Part == part))];

    public long Rows => parts.Sum(static part => part.Rows);

    public int Width => parts[0].Width;

    public void Read(long row, Span<float> values)
    {
        for (var done = 0; done < values.Length; done += Width, row++)
        {
            var (part, place) = places[row / after % places.Length];
            var group = row / (after * places.Length);
            parts[part].Read((((group * _lengths[part]) + place) * after) + (row % after), values.Slice(done, Width));
        }
    }
}

/// <summary>Rows whose values lie in several sources.</summary>
/// <param name="parts">Of as many rows.</param>
/// <param name="places">Where each value of a row is: the source, and the column.</param>
public sealed class JoinedColumns(IReadOnlyList<IRowSource> parts, (int Part, int Place)[] places) : IRowSource
{
    public long Rows => parts[0].Rows;

    public int Width => places.Length;

    public void Read(long row, Span<float> values)
    {
        var lines = parts.Select(static part => new float[part.Width]).ToArray();
        for (var done = 0; done < values.Length; done += Width, row++)
        {
            for (var part = 0; part < lines.Length; part++)
            {
                parts[part].Read(row, lines[part]);
            }

            for (var column = 0; column < Width; column++)
            {
                values[done + column] = lines[places[column].Part][places[column].Place];
            }
        }
    }
}
