using Ilab.Native.OneDnn.Interop;

namespace Ilab.Native.OneDnn.Products;

/// <summary>A kernel with memory objects of one thread. Plain data: it is read in callbacks from native threads.</summary>
internal unsafe struct Binding
{
    public nint Primitive;
    public nint Source;
    public nint Weights;
    public nint Target;
    public nint Scratchpad;

    /// <returns>oneDNN's status.</returns>
    public readonly int Run(nint stream, void* source, void* weights, void* target, void* scratchpad)
    {
        OneDnnApi.dnnl_memory_set_data_handle(Source, source);
        OneDnnApi.dnnl_memory_set_data_handle(Weights, weights);
        OneDnnApi.dnnl_memory_set_data_handle(Target, target);
        OneDnnApi.dnnl_memory_set_data_handle(Scratchpad, scratchpad);
        Argument* arguments = stackalloc Argument[4]
        {
            new(OneDnnApi.ArgumentSource, Source),
            new(OneDnnApi.ArgumentWeights, Weights),
            new(OneDnnApi.ArgumentTarget, Target),
            new(OneDnnApi.ArgumentScratchpad, Scratchpad),
        };
        return OneDnnApi.dnnl_primitive_execute(Primitive, stream, 4, arguments);
    }

    public readonly void Free()
    {
        OneDnnApi.dnnl_memory_destroy(Source);
        OneDnnApi.dnnl_memory_destroy(Weights);
        OneDnnApi.dnnl_memory_destroy(Target);
        OneDnnApi.dnnl_memory_destroy(Scratchpad);
    }
}
