using Ilab.Native.OneDnn.Backend;
using Ilab.Native.OneDnn.Coded;
using Ilab.Native.OneDnn.Products;

namespace Ilab.Native.OneDnn.Checks;

/// <summary>
/// From how many rows on BF16 products are faster than those of codes. Processors differ: with 512 bits of BF16 at full rate it is a few dozen, where whole
/// numbers are multiplied at twice the rate of BF16 it never comes. Found out once per machine, so that a model's digits are the same at each load.
/// </summary>
internal static unsafe class FloatsAfterCodes
{
    private const int Depth = 1024,
        Columns = 2048, // more than a core's own cache holds
        Runs = 5;

    /// <summary>Floats have to gain so much to be worth their memory, two bytes for each weight.</summary>
    private const double Gain = 0.92;

    /// <summary>Fewer rows than <see cref="BlockCodes.FewestOfFloats"/> are never worth floats.</summary>
    private static readonly (long Measured, long From)[] Sizes = [(64, BlockCodes.FewestOfFloats), (256, 128)];

    /// <param name="type">ggml's number of a type that can be coded.</param>
    /// <returns><see cref="WeightUse.Never"/> = codes are at least as fast with any number of rows.</returns>
    /// <exception cref="OneDnnException">There is no memory, or no kernel.</exception>
    public static long Find(Accelerator accelerator, int type)
    {
        var kernels = accelerator.Kernels!;
        using var weights = new RandomWeights(type, Depth, Columns);
        var rows = new WeightRows(weights.Tensor->data, type, Depth, Columns);
        using var floats = new WeightUse(rows) { MinimumRows = 1, Packed = PackedWeight.Pack(kernels, rows) };
        floats.Packed.CanBeSliced = SliceCheck.Passes(kernels, floats.Packed);
        using var codes = new WeightUse(rows) { MinimumRows = 1, Coded = CodedWeight.Pack(rows) };
        using var backend = AcceleratorBackend.Create(accelerator, accelerator.Options.Threads);
        foreach (var (measured, from) in Sizes)
        {
            using var graph = new ProductGraph([((nint)weights.Tensor, 1)], measured, backend.Cpu);
            var (ofFloats, ofCodes) = (double.MaxValue, double.MaxValue);
            graph.Run(backend, Only(floats)); // makes the kernels
            for (var run = 0; run < Runs; run++)
            {
                // In turn: what else the machine does hits both.
                ofFloats = Math.Min(ofFloats, graph.Time(backend, Only(floats), 1));
                ofCodes = Math.Min(ofCodes, graph.Time(backend, Only(codes), 1));
            }

            if (ofFloats < ofCodes * Gain)
            {
                return from;
            }
        }

        return WeightUse.Never;

        Dictionary<nint, WeightUse> Only(WeightUse use) => new() { [(nint)weights.Tensor] = use };
    }
}
