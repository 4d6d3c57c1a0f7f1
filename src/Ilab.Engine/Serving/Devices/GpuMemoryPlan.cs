namespace Ilab.Engine.Serving.Devices;

/// <summary>The memory that a runner needs on a GPU and, for what stays there, on the CPU: bytes, estimated before it starts.</summary>
/// <param name="Layers">Layers on the GPU.</param>
/// <param name="Device">Bytes on the GPU.</param>
/// <param name="Host">Bytes of the CPU's memory, mapped weights included.</param>
public sealed record GpuMemoryPlan(int Layers, long Device, long Host)
{
    /// <summary>What CUDA takes for a process before any model: its context, the kernels in use, cuBLAS' work space.</summary>
    public const long Context = 512L << 20;

    /// <param name="shape">The model.</param>
    /// <param name="whole">What it needs on the CPU alone.</param>
    /// <param name="layers">Layers to put on the GPU; as many as the model has or more = all of it.</param>
    public static GpuMemoryPlan For(ModelShape shape, MemoryPlan whole, int layers)
    {
        // The table of token embeddings always stays on the CPU; the output matrix goes with the last layer, and is a copy of that table in models that have
        // one for both.
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
