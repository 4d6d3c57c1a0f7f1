namespace Ilab.Benchmarks.Measure;

/// <summary>How much of the machine others use: what is called quiet has to be.</summary>
internal static class Neighbours
{
    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(300);

    /// <returns>CPUs that were busy for a moment in which this program did nothing.</returns>
    public static async Task<double> BusyAsync(CancellationToken cancellationToken)
    {
        var (busy, all) = Read();
        await Task.Delay(Window, cancellationToken);
        var (busyThen, allThen) = Read();
        return allThen > all ? (double)(busyThen - busy) / (allThen - all) * Environment.ProcessorCount : 0;
    }

    private static (long Busy, long All) Read()
    {
        var ticks = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Take(8).Select(long.Parse).ToArray();
        return (ticks.Sum() - ticks[3] - ticks[4], ticks.Sum());
    }
}
