using Ilab.Gguf.Conversion.Values;

namespace Ilab.Gguf.Conversion.Adapters;

/// <summary>The two factors of one module of an adapter, and which rows of a matrix of the base they change.</summary>
/// <param name="First">Name of the factor that is applied first, of the shape [rank, columns].</param>
/// <param name="Second">Name of the other one, of the shape [rows, rank].</param>
/// <param name="Scale">What the second is multiplied by, to stand alone.</param>
/// <param name="From">First row of the second factor that counts.</param>
/// <param name="To">First row of the matrix that it changes.</param>
/// <param name="Rows">How many rows.</param>
internal sealed record PeftPart(string First, string Second, long Rank, double Scale, long From, long To, long Rows);

/// <summary>Rows that several sources have a place in: where none has, there are zeros.</summary>
/// <param name="rows">How many rows this has.</param>
/// <param name="width">Their length.</param>
/// <param name="parts">Sources with the row and the column of this where their first value is.</param>
internal sealed class PlacedRows(long rows, int width, IReadOnlyList<(IRowSource Rows, long Row, int Column)> parts) : IRowSource
{
    public long Rows => rows;

    public int Width => width;

    public void Read(long row, Span<float> values)
    {
        values.Clear();
        for (var done = 0; done < values.Length; done += width, row++)
        {
            foreach (var (source, first, column) in parts)
            {
                if (row >= first && row < first + source.Rows)
                {
                    source.Read(row - first, values.Slice(done + column, source.Width));
                }
            }
        }
    }
}
