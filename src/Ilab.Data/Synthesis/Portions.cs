namespace Ilab.Data.Synthesis;

/// <summary>Rows that go through the pipeline with so many answers each where it says <c>scaled</c>.</summary>
internal readonly record struct Portion(int Rows, int Scale);

/// <summary>How many rows are sent for the samples that are missing.</summary>
internal static class Portions
{
    private const int LargestScale = 30;
    private const double SmallestYield = 0.1;
    private const double LargestYield = 10;

    /// <summary>What is missing, and as much more as was rejected so far: at most as much again, or a batch.</summary>
    /// <param name="missing">Samples.</param>
    /// <param name="expected">Samples that would have come of what was sent before if nothing had been rejected; 0 = nothing was sent.</param>
    /// <param name="made">Samples that came of it.</param>
    public static double Wanted(int missing, double expected, int made, int batch)
    {
        var yield = expected > 0 ? Math.Clamp(made / expected, SmallestYield, LargestYield) : 1;
        return Math.Min(missing / yield, Math.Max(2.0 * missing, batch));
    }

    /// <summary>The fewest rows and answers that so many samples are expected of, spread evenly over all rows when there are too few of them.</summary>
    /// <param name="wanted">Samples.</param>
    /// <param name="rows">That there are; at least 1.</param>
    /// <param name="yield">Samples expected of one row, by scale.</param>
    public static IReadOnlyList<Portion> Of(double wanted, int rows, Func<int, double> yield)
    {
        var one = yield(1) is > 0 and var some ? some : 1;
        var units = (int)Math.Clamp(Math.Ceiling(wanted / one), 1, (double)rows * LargestScale);
        if (units <= rows || yield(2) <= one)
        {
            return [new Portion(Math.Min(units, rows), 1)];
        }

        var (scale, more) = Math.DivRem(units, rows);
        return more == 0 ? [new Portion(rows, scale)] : [new Portion(more, scale + 1), new Portion(rows - more, scale)];
    }
}
