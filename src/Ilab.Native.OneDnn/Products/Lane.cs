using System.Runtime.InteropServices;
using Ilab.Native.OneDnn.Interop;

namespace Ilab.Native.OneDnn.Products;

/// <summary>What one slice of the work needs for itself, at an address that stays: a stream, buffers, and kernels bound to memory objects.</summary>
internal sealed unsafe class Lane : IDisposable
{
    private readonly Dictionary<ProductKernel, nint> _bindings = [];

    public Lane(nint engine)
    {
        State = (LaneState*)NativeMemory.AllocZeroed((nuint)sizeof(LaneState));
        Check.Ok(OneDnnApi.dnnl_stream_create(&State->Stream, engine, OneDnnApi.InOrder), "stream");
    }

    public LaneState* State { get; }

    /// <summary>The kernel with this lane's memory objects; its scratchpad has room afterwards.</summary>
    public Binding* Bind(ProductKernel kernel)
    {
        State->Scratchpad.Ensure(kernel.ScratchpadBytes + 64);
        if (!_bindings.TryGetValue(kernel, out var binding))
        {
            binding = (nint)NativeMemory.Alloc((nuint)sizeof(Binding));
            *(Binding*)binding = kernel.Bind();
            _bindings[kernel] = binding;
        }

        return (Binding*)binding;
    }

    public void Dispose()
    {
        foreach (var binding in _bindings.Values)
        {
            ((Binding*)binding)->Free();
            NativeMemory.Free((void*)binding);
        }

        _bindings.Clear();
        OneDnnApi.dnnl_stream_destroy(State->Stream);
        State->Source.Free();
        State->Target.Free();
        State->Tile.Free();
        State->Scratchpad.Free();
        State->Work.Free();
        State->Seen.Free();
        NativeMemory.Free(State);
    }
}

/// <summary>Plain data: it is read in callbacks from native threads.</summary>
internal struct LaneState
{
    public nint Stream;

    /// <summary>Activations as the product wants them.</summary>
    public NativeBuffer Source;

    /// <summary>Results on their way to a place that is not dense, or has fewer rows.</summary>
    public NativeBuffer Target;

    /// <summary>Weights that are not packed, as the product wants them.</summary>
    public NativeBuffer Tile;

    public NativeBuffer Scratchpad;

    /// <summary>What attention has found so far.</summary>
    public NativeBuffer Work;

    /// <summary>What tiles of queries see.</summary>
    public TileCells Seen;
}
