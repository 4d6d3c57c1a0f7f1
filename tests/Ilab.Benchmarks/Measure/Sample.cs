namespace Ilab.Benchmarks.Measure;

/// <summary>Runs of one thing. Shared machines are noisy: the median is what is quoted, the span says how far to trust it.</summary>
internal sealed class Sample
{
    private readonly List<double> _values = [];

    public int Count => _values.Count;

    public double Minimum => _values.Min();

    public double Maximum => _values.Max();

    public double Median
    {
        get
        {
            double[] sorted = [.. _values.Order()];
            var middle = sorted.Length / 2;
            return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        }
    }

    /// <param name="share">0.95 = the value that nineteen of twenty runs do not exceed.</param>
    public double Percentile(double share) => _values.Order().ElementAt((int)Math.Ceiling(share * _values.Count) - 1);

    public void Add(double value) => _values.Add(value);

    /// <summary>The median of the ratios of runs made side by side, which a drifting machine hurts less than a ratio of medians.</summary>
    public static double MedianRatio(Sample a, Sample b)
    {
        var ratios = new Sample();
        foreach (var (first, second) in a._values.Zip(b._values))
        {
            ratios.Add(first / second);
        }

        return ratios.Median;
    }
}
