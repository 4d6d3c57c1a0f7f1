using System.Diagnostics;
using Ilab.Native.OneDnn.Backend;
using Ilab.Native.OneDnn.Products;

namespace Ilab.Native.OneDnn.Checks;

/// <summary>One measurement: seconds for all products at a number of rows, without and with the accelerator.</summary>
public sealed record StepCost(long Rows, double Plain, double Accelerated);

/// <summary>
/// Finds from how many rows on a model's products gain. All of its matrices are run one after the other, as in a real step: what is in the cache then, and
/// what has to come from memory, decides as much as the arithmetic.
/// </summary>
internal static class Thresholds
{
    /// <summary>Bytes of weights that are enough to be like the whole model.</summary>
    private const long Sample = 256L << 20;

    /// <summary>Less than this is not worth another path: it is within what the rest of a step costs more.</summary>
    private const double Gain = 0.92;

    private const int Runs = 3;

    /// <summary>A model that loads does not wait longer than this for better numbers.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(6);

    private static readonly long[] Downwards = [64, 32, 24, 16, 12, 8, 6, 4, 3, 2];
    private static readonly long[] Upwards = [128, 256, 512];

    /// <param name="uses">Weights that share a threshold: all packed, or none.</param>
    /// <param name="costs">What was measured, for the record.</param>
    /// <param name="complete">False = time was up: the products gain from the result on, and perhaps with fewer rows.</param>
    public static long Find(
        Accelerator accelerator,
        IReadOnlyDictionary<nint, WeightUse> uses,
        int threads,
        out IReadOnlyList<StepCost> costs,
        out bool complete
    )
    {
        var measured = new List<StepCost>();
        (costs, complete) = (measured, true);
        var start = Stopwatch.GetTimestamp();
        var sample = Choose(uses);
        if (sample.Count == 0)
        {
            return WeightUse.Never;
        }

        using var backend = AcceleratorBackend.Create(accelerator, threads);
        var threshold = WeightUse.Never;
        foreach (var rows in Downwards)
        {
            if (Stopwatch.GetElapsedTime(start) > Limit)
            {
                complete = false;
                return threshold;
            }

            // Asked twice: a moment in which others computed would hold for good.
            if (!Gains(backend, sample, rows, measured) && !Gains(backend, sample, rows, measured))
            {
                break;
            }

            threshold = rows;
        }

        foreach (var rows in threshold == WeightUse.Never ? Upwards : [])
        {
            if (Gains(backend, sample, rows, measured))
            {
                return rows;
            }
        }

        return threshold;
    }

    private static bool Gains(AcceleratorBackend backend, Dictionary<nint, WeightUse> sample, long rows, List<StepCost> measured)
    {
        using var graph = new ProductGraph([.. sample.Select(static entry => (entry.Key, entry.Value.Chosen))], rows, backend.Cpu);
        graph.Run(backend, sample); // makes the kernels
        var cost = new StepCost(rows, graph.Time(backend, [], Runs), graph.Time(backend, sample, Runs));
        measured.Add(cost);
        return cost.Accelerated < cost.Plain * Gain;
    }

    private static Dictionary<nint, WeightUse> Choose(IReadOnlyDictionary<nint, WeightUse> uses)
    {
        var sample = new Dictionary<nint, WeightUse>();
        var bytes = 0L;
        foreach (var (tensor, use) in uses)
        {
            if (bytes < Sample)
            {
                sample[tensor] = new WeightUse(use.Source, use.Experts, use.Chosen)
                {
                    Packed = use.Packed,
                    PackedExperts = use.PackedExperts,
                    MinimumRows = 1,
                };
                bytes += use.Source.Rows * use.Source.Columns * use.Source.Precision.Size();
            }
        }

        return sample;
    }
}
