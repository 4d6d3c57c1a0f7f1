using Ilab.Native.Llama.Crew;
using Ilab.Native.Llama.Threads;
using Ilab.Native.OneDnn.Backend;
using Ilab.Native.OneDnn.Checks;
using Ilab.Native.OneDnn.Coded;
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
        StepCrew.Rest(); // a thread that was interrupted may still read what is packed
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

    /// <summary>
    /// Packs in parallel, as far as the budget reaches: first the codes of all matrices that can be coded, which serve few rows best, then floats, which serve
    /// many rows best on most machines.
    /// </summary>
    internal void Pack(long budget, Action<float> progress)
    {
        var chosen = new List<(WeightUse Use, Action Pack, long Bytes)>();
        var bytes = 0L;
        foreach (var use in Uses.Values.Where(CanBeCoded))
        {
            use.FloatRows = _accelerator.FloatRows(use.Source.Type);
            Choose(use, CodedWeight.BytesOf(use.Source), () => use.Coded = CodedWeight.Pack(use.Source));
        }

        var kernels = _accelerator.Kernels;
        foreach (var use in Uses.Values.Where(static use => use.FloatRows != WeightUse.Never))
        {
            if (kernels is not null && TryGetLayout(kernels, use)?.Bytes * use.Experts is { } size)
            {
                Choose(use, size, () => PackFloats(kernels, use));
            }
        }

        var done = 0L;
        var gate = new Lock();
        Parallel.ForEach(
            chosen,
            new ParallelOptions { MaxDegreeOfParallelism = _accelerator.Options.Threads },
            one =>
            {
                TryPack(one.Pack);
                lock (gate)
                {
                    done += one.Bytes;
                    progress(bytes == 0 ? 1 : (float)done / bytes);
                }
            }
        );
        PackedBytes = Uses.Values.Sum(static use => use.PackedBytes);
        Packed = Uses.Values.Count(static use => use.IsPacked);

        void Choose(WeightUse use, long size, Action pack)
        {
            if (size <= budget - bytes)
            {
                bytes += size;
                chosen.Add((use, pack, size));
            }
            else if (!chosen.Any(one => one.Use == use))
            {
                MissingBytes += size;
            }
        }
    }

    /// <summary>
    /// Finds from how many rows on each kind of product gains. What could not be found out in time (a busy machine) holds for this load alone. Codes are not
    /// measured: a single row's digits must not depend on what a machine happened to do when the model was loaded.
    /// </summary>
    internal void Calibrate(int threads)
    {
        foreach (var use in Uses.Values.Where(static use => use.Coded is not null))
        {
            use.MinimumRows = _accelerator.Strict ? 1 : BlockCodes.FewestRows(use.Source.Type);
        }

        foreach (
            var group in Uses.Where(static entry => entry.Value.Coded is null && (entry.Value.IsPacked || !entry.Value.IsStack))
                .GroupBy(static entry => (entry.Value.IsPacked, entry.Value.IsStack))
        )
        {
            if (_accelerator.Kernels is null)
            {
                continue; // nothing multiplies what is not coded
            }

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
        if (complete && !ComputeThreads.Current.IsBusy) // fewer threads than usual say nothing of a quiet machine
        {
            _accelerator.Record.SetThreshold(shapes, threshold);
        }

        return threshold;
    }

    /// <summary>What llama.cpp has rearranged for itself, it multiplies as fast as codes.</summary>
    private static bool CanBeCoded(WeightUse use) => !use.IsStack && !use.IsRearranged && CodedWeight.Suits(use.Source);

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

    private static void TryPack(Action pack)
    {
        try
        {
            pack();
        }
        catch (Exception exception) when (exception is OneDnnException or OutOfMemoryException)
        {
            // It stays as it is: llama.cpp's path needs no packing.
        }
    }

    private static void PackFloats(KernelCache kernels, WeightUse use)
    {
        if (use.IsStack)
        {
            use.PackedExperts = PackedExperts.Pack(kernels, use.Source, use.Experts);
            return;
        }

        use.Packed = PackedWeight.Pack(kernels, use.Source);
        use.Packed.CanBeSliced = SliceCheck.Passes(kernels, use.Packed);
    }
}
