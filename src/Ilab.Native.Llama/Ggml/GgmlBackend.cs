using System.Runtime.InteropServices;
using Ilab.Native.Llama.Interop;
using Ilab.Native.Llama.Threads;

namespace Ilab.Native.Llama.Ggml;

/// <summary>A ggml backend: computes graphs and holds their tensors.</summary>
public sealed unsafe class GgmlBackend : IDisposable
{
    private const int NodesOfATurn = 48;
    private readonly GraphExecutor? _executor;
    private nint _backend;

    private GgmlBackend(nint backend, int threads, bool callsFunctions, bool isOnProcessor, bool isSizing = false)
    {
        _backend = backend;
        Threads = threads;
        CallsFunctions = callsFunctions;
        IsSizing = isSizing;
        if (isOnProcessor)
        {
            _executor = new GraphExecutor(backend, NodesOfATurn);
            _executor.SetThreads(threads);
        }
        else if (Function("ggml_backend_set_n_threads") is var setThreads and not 0)
        {
            ((delegate* unmanaged[Cdecl]<nint, int, void>)setThreads)(backend, threads);
        }
    }

    /// <summary>Maximum number of threads, for partitioning work in advance.</summary>
    public int Threads { get; }

    /// <summary>Whether nodes may be computed by functions of this process, in place. Only on the CPU.</summary>
    public bool CallsFunctions { get; }

    /// <summary>Whether buffers have a size and no memory: tensors cannot be written, and graphs not computed.</summary>
    public bool IsSizing { get; }

    /// <summary>Free device memory in bytes.</summary>
    public long FreeMemory
    {
        get
        {
            GgmlApi.ggml_backend_dev_memory(GgmlApi.ggml_backend_get_device(Pointer), out var free, out _);
            return (long)free;
        }
    }

    public string Name => Marshal.PtrToStringUTF8((nint)GgmlApi.ggml_backend_name(Pointer)) ?? "";

    internal nint Pointer => _backend != 0 ? _backend : throw new ObjectDisposedException(nameof(GgmlBackend));

    /// <summary>The CPU backend, optionally with the accelerator, if one is registered.</summary>
    /// <param name="threads">Must not exceed the free cores: ggml's barrier spins.</param>
    /// <exception cref="GgmlException">There is no such device.</exception>
    public static GgmlBackend Open(int threads, bool accelerated = false)
    {
        var cpu = GgmlApi.ggml_backend_dev_by_type(GgmlApi.CpuDevice);
        var device = accelerated ? GgmlApi.ggml_backend_dev_by_type(GgmlApi.AcceleratorDevice) : 0;
        device = device != 0 ? device : cpu;
        var backend = device == 0 ? 0 : GgmlApi.ggml_backend_dev_init(device, null);
        return backend != 0
            ? new GgmlBackend(backend, threads, callsFunctions: true, isOnProcessor: device == cpu)
            : throw new GgmlException("there is no CPU backend");
    }

    /// <summary>A device by name, limited to ggml's own operations.</summary>
    /// <param name="name">For example <c>cuda0</c>; <c>cpu</c> behaves like any other device.</param>
    /// <exception cref="GgmlException">There is no such device.</exception>
    public static GgmlBackend OpenDevice(string name, int threads)
    {
        var device = GgmlApi.ggml_backend_dev_by_name(name.ToUpperInvariant());
        var isOnProcessor = device != 0 && device == GgmlApi.ggml_backend_dev_by_type(GgmlApi.CpuDevice);
        var backend = device == 0 ? 0 : GgmlApi.ggml_backend_dev_init(device, null);
        return backend != 0
            ? new GgmlBackend(backend, threads, callsFunctions: false, isOnProcessor)
            : throw new GgmlException($"there is no device {name} that these libraries can compute on");
    }

    /// <summary>
    /// A backend that finds out how much memory models and graphs take, and takes none: the same graphs are laid out as for <see cref="Open"/>, or as for a
    /// device that computes ggml's own operations alone.
    /// </summary>
    /// <param name="asDevice">As for <see cref="OpenDevice"/>.</param>
    /// <exception cref="GgmlException">There is no CPU backend.</exception>
    public static GgmlBackend OpenForSizing(int threads, bool asDevice = false)
    {
        var cpu = GgmlApi.ggml_backend_dev_by_type(GgmlApi.CpuDevice);
        var backend = cpu == 0 ? 0 : GgmlApi.ggml_backend_dev_init(cpu, null);
        return backend != 0
            ? new GgmlBackend(backend, threads, callsFunctions: !asDevice, isOnProcessor: false, isSizing: true)
            : throw new GgmlException("there is no CPU backend");
    }

    /// <summary>Allocates zeroed memory for all tensors of a context.</summary>
    public GgmlBuffer Allocate(GgmlContext context)
    {
        if (IsSizing)
        {
            return GgmlBuffer.Sized(context, GgmlApi.ggml_backend_get_default_buffer_type(Pointer));
        }

        var buffer = GgmlApi.ggml_backend_alloc_ctx_tensors(context.Pointer, Pointer);
        return buffer != 0 ? new GgmlBuffer(buffer) : throw new GgmlException("not enough memory for the tensors");
    }

    /// <summary>Computes all nodes of an allocated graph; on the CPU in portions, between which another process may take its turn.</summary>
    /// <exception cref="GgmlException">The computation failed.</exception>
    public void Compute(GgmlGraph graph)
    {
        var status = _executor is null ? GgmlApi.ggml_backend_graph_compute(Pointer, graph.Pointer) : _executor.Compute(graph.Pointer, Threads);
        if (status != 0)
        {
            throw new GgmlException($"the computation failed with status {status}");
        }
    }

    /// <summary>The first node that this backend does not support; null if it supports all.</summary>
    public string? Unsupported(GgmlGraph graph)
    {
        for (int index = 0, count = graph.Count; index < count; index++)
        {
            if (GgmlApi.ggml_backend_supports_op(Pointer, graph[index].Pointer) == 0)
            {
                return $"{graph[index]} (operation {graph[index].Pointer->op})";
            }
        }

        return null;
    }

    public void Dispose()
    {
        if (_backend != 0)
        {
            GgmlApi.ggml_backend_free(_backend);
            _backend = 0;
            _executor?.Dispose();
        }
    }

    private nint Function(string name) =>
        GgmlApi.ggml_backend_reg_get_proc_address(GgmlApi.ggml_backend_dev_backend_reg(GgmlApi.ggml_backend_get_device(_backend)), name);
}

/// <summary>Memory of the tensors in a context.</summary>
public sealed unsafe class GgmlBuffer : IDisposable
{
    private nint _buffer;
    private readonly long _size;

    internal GgmlBuffer(nint buffer)
    {
        _buffer = buffer;
        GgmlApi.ggml_backend_buffer_clear(buffer, 0);
    }

    private GgmlBuffer(nint empty, long size) => (_buffer, _size) = (empty, size);

    /// <summary>Size in bytes.</summary>
    public long Size => _size > 0 ? _size : (long)GgmlApi.ggml_backend_buffer_get_size(_buffer);

    /// <summary>The size that the tensors of a context would take. They belong to an empty buffer, so that graphs do not allocate them either.</summary>
    internal static GgmlBuffer Sized(GgmlContext context, nint type)
    {
        var size = (long)GgmlApi.ggml_backend_alloc_ctx_tensors_from_buft_size(context.Pointer, type);
        var empty = GgmlApi.ggml_backend_buft_alloc_buffer(type, 0);
        if (empty == 0)
        {
            throw new GgmlException("not enough memory for a buffer");
        }

        for (var tensor = GgmlApi.ggml_get_first_tensor(context.Pointer); tensor != null; tensor = GgmlApi.ggml_get_next_tensor(context.Pointer, tensor))
        {
            tensor->buffer = tensor->buffer == 0 && tensor->view_src == null ? empty : tensor->buffer;
        }

        return new GgmlBuffer(empty, size);
    }

    public void Dispose()
    {
        if (_buffer != 0)
        {
            GgmlApi.ggml_backend_buffer_free(_buffer);
            _buffer = 0;
        }
    }
}

/// <summary>
/// Memory of intermediate tensors: each lives only as long as the graph needs it. Grows for larger graphs, which invalidates the previous graph.
/// </summary>
public sealed unsafe class GgmlGraphMemory(GgmlBackend backend) : IDisposable
{
    private nint _allocator = GgmlApi.ggml_gallocr_new(GgmlApi.ggml_backend_get_default_buffer_type(backend.Pointer));
    private long _sized;

    /// <summary>Size in bytes.</summary>
    public long Size => backend.IsSizing ? _sized : (long)GgmlApi.ggml_gallocr_get_buffer_size(_allocator, 0);

    /// <summary>
    /// Allocates several graphs in the same memory: they are computed one after another, and intermediate results of one are not used by the next.
    /// </summary>
    /// <exception cref="GgmlException">Out of memory.</exception>
    public void Allocate(params ReadOnlySpan<GgmlGraph> graphs)
    {
        // The memory must have its final size before the first graph is laid out in it.
        foreach (var graph in graphs)
        {
            if (!backend.IsSizing && GgmlApi.ggml_gallocr_reserve(_allocator, graph.Pointer) == 0)
            {
                throw new GgmlException("not enough memory for the graph");
            }
        }

        foreach (var graph in graphs)
        {
            Allocate(graph);
        }
    }

    /// <exception cref="GgmlException">Out of memory.</exception>
    public void Allocate(GgmlGraph graph)
    {
        if (backend.IsSizing)
        {
            nuint size = 0;
            GgmlApi.ggml_gallocr_reserve_n_size(_allocator, graph.Pointer, null, null, &size);
            _sized = Math.Max(_sized, (long)size);
        }
        else if (GgmlApi.ggml_gallocr_alloc_graph(_allocator, graph.Pointer) == 0)
        {
            throw new GgmlException("not enough memory for the graph");
        }
    }

    public void Dispose()
    {
        if (_allocator != 0)
        {
            GgmlApi.ggml_gallocr_free(_allocator);
            _allocator = 0;
        }
    }
}
