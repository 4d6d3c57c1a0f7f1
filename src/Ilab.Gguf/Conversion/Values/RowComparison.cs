namespace Ilab.Gguf.Conversion.Values;

/// <summary>Compares the values of two tensors, some rows at a time; it ends at the first difference.</summary>
internal static class RowComparison
{
    private const int ChunkValues = 1 << 18;

    /// <param name="left">Of the same shape as <paramref name="right"/>; the types may differ.</param>
    public static bool AreEqual(IRowSource left, IRowSource right)
    {
        var some = Math.Clamp(ChunkValues / Math.Max(left.Width, 1), 1, (int)Math.Clamp(left.Rows, 1, int.MaxValue));
        var (first, second) = (new float[some * left.Width], new float[some * left.Width]);
        for (long row = 0; row < left.Rows; row += some)
        {
            var count = (int)Math.Min(some, left.Rows - row) * left.Width;
            left.Read(row, first.AsSpan(0, count));
            right.Read(row, second.AsSpan(0, count));
            if (!first.AsSpan(0, count).SequenceEqual(second.AsSpan(0, count)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether all values are zero.</summary>
    public static bool IsZero(IRowSource rows)
    {
        var some = new float[rows.Width];
        for (long row = 0; row < rows.Rows; row++)
        {
            rows.Read(row, some);
            if (some.AsSpan().IndexOfAnyExcept(0f) >= 0)
            {
                return false;
            }
        }

        return true;
    }
}
