using System.Runtime.InteropServices;

namespace Ilab.Native.OneDnn.Products;

/// <summary>
/// oneDNN does not say that a part of a packed matrix is a packed matrix; for the layouts that it chooses today it is. This multiplies a few rows both ways
/// and believes it only when every digit is the same.
/// </summary>
internal static unsafe class SliceCheck
{
    private const int Rows = 4;

    public static bool Passes(KernelCache kernels, PackedWeight weight)
    {
        if (weight.Columns < 2 * PackedWeight.Block || weight.Bytes % ((weight.Columns + PackedWeight.Block - 1) / PackedWeight.Block) != 0)
        {
            return false;
        }

        var source = new float[Rows * weight.Depth];
        var random = new Random(1);
        for (var index = 0; index < source.Length; index++)
        {
            source[index] = random.NextSingle() - 0.5f;
        }

        var whole = new float[Rows * weight.Columns];
        var sliced = new float[Rows * weight.Columns];
        try
        {
            weight.CanBeSliced = false;
            Multiply(kernels, weight, source, whole, 1);
            weight.CanBeSliced = true;
            Multiply(kernels, weight, source, sliced, 2);
        }
        catch (OneDnnException)
        {
            return false;
        }
        finally
        {
            weight.CanBeSliced = false;
        }

        return whole.AsSpan().SequenceEqual(sliced);
    }

    private static void Multiply(KernelCache kernels, PackedWeight weight, float[] source, float[] target, int threads)
    {
        using var planner = new ProductPlanner(kernels);
        var slices = (ProductSlice*)NativeMemory.AllocZeroed((nuint)(threads * sizeof(ProductSlice)));
        fixed (
            float* from = source,
                to = target
        )
        {
            var task = new ProductTask
            {
                Source = from,
                Target = to,
                Depth = weight.Depth,
                Columns = weight.Columns,
                Precision = weight.Precision,
            };
            planner.Plan(&task, slices, Rows, weight, threads);
            kernels.Library.UseOneThread();
            task.Run(0, 1);
            NativeMemory.Free(slices);
            Check.Ok(task.Failed, "product");
        }
    }
}
