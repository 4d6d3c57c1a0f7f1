namespace Ilab.Engine.Serving.Devices;

/// <summary>Memory a runner needs on a GPU, and on the CPU for the rest: bytes, estimated before it starts.</summary>
/// <param name="Layers">Layers on the GPU.</param>
/// <param name="Device">Bytes on the GPU.</param>
/// <param name="Host">Bytes of host memory, including mapped weights.</param>
public sealed record GpuMemoryPlan(int Layers, long Device, long Host)
{
    /// <summary>CUDA's overhead per process before any model: context, kernels, cuBLAS workspace.</summary>
    public const long Context = 512L << 20;

    /// <param name="shape">The model.</param>
    /// <param name="whole">Its memory needs on the CPU alone.</param>
    /// <param name="layers">Layers to offload to the GPU; the model's number of layers or more = all of it.</param>
    public static GpuMemoryPlan For(ModelShape shape, MemoryPlan whole, int layers)
    {
        // The token embedding table always stays on the CPU; the output matrix is offloaded with the last layer, and duplicates that table in models with tied
        // embeddings.
        var table = shape.Parameters > 0 ? (long)((double)shape.Weights / shape.Parameters * shape.Vocabulary * shape.Embedding) : 0;
        if (shape.Layers == 0 || layers >= shape.Layers)
        {
            return new GpuMemoryPlan(shape.Layers, whole.Weights + whole.KvCache + whole.Compute + Context, MemoryPlan.Process + table);
        }

        var share = (double)layers / shape.Layers;
        var (weights, cache) = ((long)(share * Math.Max(0, whole.Weights - table)), (long)(share * whole.KvCache));
        return new GpuMemoryPlan(
            layers,
            weights + cache + whole.Compute + Context,
            whole.Weights - weights + whole.KvCache - cache + whole.Compute + MemoryPlan.Process
        );
    }
}
