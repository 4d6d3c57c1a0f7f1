using Ilab.Native.Llama.Threads;
using Ilab.Native.OneDnn.Backend;
using Ilab.Native.OneDnn.Checks;
using Ilab.Native.OneDnn.Products;

namespace Ilab.Native.OneDnn;

/// <summary>What the accelerator keeps for one model. Disposed after the model's contexts and before the model.</summary>
public sealed class AcceleratedModel : IDisposable
{
    private readonly Accelerator _accelerator;
    private IReadOnlyList<StepCost> _costs = [];
    private bool _disposed;

    internal AcceleratedModel(Accelerator accelerator, Dictionary<nint, WeightUse> uses) => (_accelerator, Uses) = (accelerator, uses);

    /// <summary>What was measured to find <see cref="MinimumRows"/>.</summary>
    public IReadOnlyList<StepCost> Costs => _costs;

    /// <summary>Rows from which on packed weights gain.</summary>
    public long MinimumRows => Uses.Values.Where(static use => use.IsPacked).Select(static use => use.MinimumRows).DefaultIfEmpty(long.MaxValue).Min();

    /// <summary>Bytes of packed weights.</summary>
    public long PackedBytes { get; private set; }

    /// <summary>Bytes more that the packed weights of all matrices would take: the budget was too small.</summary>
    public long MissingBytes { get; private set; }

    /// <summary>Matrices that were packed.</summary>
    public int Packed { get; private set; }

    /// <summary>Matrices that the products use.</summary>
    public int Matrices => Uses.Count;

    internal Dictionary<nint, WeightUse> Uses { get; }

    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _accelerator.Detach(this);
        foreach (var use in Uses.Values)
        {
            use.Dispose();
        }

        Uses.Clear();
    }

    /// <summary>Packs in parallel, the matrices that are used most often for their size first, as far as the budget reaches.</summary>
    internal void Pack(long budget, Action<float> progress)
    {
        var kernels = _accelerator.Kernels;
        var chosen = new List<WeightUse>();
        var bytes = 0L;
        foreach (var use in Uses.Values)
        {
            if (TryGetLayout(kernels, use)?.Bytes * use.Experts is not { } size)
            {
                continue;
            }

            if (size <= budget - bytes)
            {
                bytes += size;
                chosen.Add(use);
            }
            else
            {
                MissingBytes += size;
            }
        }

        var done = 0L;
        var gate = new Lock();
        Parallel.ForEach(
            chosen,
            new ParallelOptions { MaxDegreeOfParallelism = _accelerator.Options.Threads },
            use =>
            {
                TryPack(kernels, use);
                lock (gate)
                {
                    PackedBytes += use.PackedBytes;
                    Packed += use.IsPacked ? 1 : 0;
                    done += use.PackedBytes;
                    progress(bytes == 0 ? 1 : (float)done / bytes);
                }
            }
        );
    }

    /// <summary>
    /// Finds from how many rows on each kind of product gains. What could not be found out in time (a busy machine) holds for this load alone.
    /// </summary>
    internal void Calibrate(int threads)
    {
        foreach (
            var group in Uses.Where(static entry => entry.Value.IsPacked || !entry.Value.IsStack)
                .GroupBy(static entry => (entry.Value.IsPacked, entry.Value.IsStack))
        )
        {
            var uses = group.ToDictionary(static entry => entry.Key, static entry => entry.Value);
            var shapes = string.Join(' ', uses.Values.Select(Describe)) + (group.Key.IsPacked ? " packed" : "");
            var threshold = _accelerator.Strict ? 1 : _accelerator.Record.Threshold(shapes) ?? Measure(shapes, uses, threads);
            foreach (var use in uses.Values)
            {
                use.MinimumRows = threshold;
            }
        }
    }

    private static string Describe(WeightUse use) =>
        $"{use.Source.Type}:{use.Source.Columns}x{use.Source.Rows}" + (use.IsStack ? $" {use.Chosen} of {use.Experts}" : "");

    private long Measure(string shapes, Dictionary<nint, WeightUse> uses, int threads)
    {
        var threshold = Thresholds.Find(_accelerator, uses, threads, out _costs, out var complete);
        if (complete && ComputeThreads.Current.Reason != "busy") // fewer threads than usual say nothing of a quiet machine
        {
            _accelerator.Record.SetThreshold(shapes, threshold);
        }

        return threshold;
    }

    private static PackedLayout? TryGetLayout(KernelCache kernels, WeightUse use)
    {
        try
        {
            return kernels.Layout(use.Columns, use.Source.Columns, use.Source.Precision);
        }
        catch (OneDnnException)
        {
            return null;
        }
    }

    private static void TryPack(KernelCache kernels, WeightUse use)
    {
        try
        {
            if (use.IsStack)
            {
                use.PackedExperts = PackedExperts.Pack(kernels, use.Source, use.Experts);
                return;
            }

            use.Packed = PackedWeight.Pack(kernels, use.Source);
            use.Packed.CanBeSliced = SliceCheck.Passes(kernels, use.Packed);
        }
        catch (Exception exception) when (exception is OneDnnException or OutOfMemoryException)
        {
            // It stays as it is: llama.cpp's path needs no packing.
        }
    }
}
