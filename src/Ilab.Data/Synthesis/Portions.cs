namespace Ilab.Data.Synthesis;

/// <summary>A number of rows, with the number of completions per row where the pipeline specifies <c>scaled</c>.</summary>
internal readonly record struct Portion(int Rows, int Scale);

/// <summary>Decides how many rows to send for the missing samples.</summary>
internal static class Portions
{
    private const int LargestScale = 30;
    private const double SmallestYield = 0.1;
    private const double LargestYield = 10;

    /// <summary>The missing samples plus a surplus according to the rejection rate so far: at most as many again, or a batch.</summary>
    /// <param name="missing">Missing samples.</param>
    /// <param name="expected">Samples expected from the rows sent so far, if nothing had been rejected; 0 = nothing sent yet.</param>
    /// <param name="made">Samples actually produced from them.</param>
    public static double Wanted(int missing, double expected, int made, int batch)
    {
        var yield = expected > 0 ? Math.Clamp(made / expected, SmallestYield, LargestYield) : 1;
        return Math.Min(missing / yield, Math.Max(2.0 * missing, batch));
    }

    /// <summary>The smallest number of rows and completions expected to give the samples, spread evenly if there are too few rows.</summary>
    /// <param name="wanted">Wanted samples.</param>
    /// <param name="rows">Available rows; at least 1.</param>
    /// <param name="yield">Expected samples per row, by scale.</param>
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
