using Ilab.Native.OneDnn.Interop;
using Ilab.Native.OneDnn.Loading;

namespace Ilab.Native.OneDnn.Products;

/// <summary>
/// Compiled products (0.2 ms each to make) and the layouts of packed weights. Rows are rounded, so their number is bounded by the shapes of the models in
/// memory; it is emptied when the last of them goes. Safe to use from several threads.
/// </summary>
internal sealed class KernelCache(OneDnnLibrary library) : IDisposable
{
    /// <summary>Rows that a layout is chosen for: a good one for many rows is a good one for few.</summary>
    private const long TypicalRows = 256;

    private readonly Lock _gate = new();
    private readonly Dictionary<ProductShape, ProductKernel> _kernels = [];
    private readonly Dictionary<(long Columns, long Depth, Precision Precision), PackedLayout> _layouts = [];

    public OneDnnLibrary Library { get; } = library;

    /// <summary>How many kernels there are.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _kernels.Count;
            }
        }
    }

    /// <exception cref="OneDnnException">oneDNN has no fast implementation.</exception>
    public ProductKernel Kernel(ProductShape shape)
    {
        lock (_gate)
        {
            if (!_kernels.TryGetValue(shape, out var kernel))
            {
                var packed = shape.Layout == WeightLayout.Packed ? LayoutOf(shape.Columns, shape.Depth, shape.Precision).Descriptor : 0;
                _kernels[shape] = kernel = ProductKernel.Create(Library, shape, packed);
            }

            return kernel;
        }
    }

    /// <exception cref="OneDnnException">oneDNN has no fast implementation.</exception>
    public PackedLayout Layout(long columns, long depth, Precision precision)
    {
        lock (_gate)
        {
            return LayoutOf(columns, depth, precision);
        }
    }

    /// <summary>Forgets everything; nothing that it gave out may be in use.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            foreach (var kernel in _kernels.Values)
            {
                kernel.Dispose();
            }

            foreach (var layout in _layouts.Values)
            {
                Library.Descriptors.Free(layout.Descriptor);
            }

            _kernels.Clear();
            _layouts.Clear();
        }
    }

    public void Dispose() => Clear();

    private PackedLayout LayoutOf(long columns, long depth, Precision precision)
    {
        if (_layouts.TryGetValue((columns, depth, precision), out var layout))
        {
            return layout;
        }

        var descriptors = Library.Descriptors;
        var type = precision.DataType();
        var source = descriptors.Matrix(TypicalRows, depth, depth, 1, type);
        var weights = descriptors.AnyMatrix(depth, columns, type);
        var target = descriptors.Matrix(TypicalRows, columns, columns, 1, OneDnnApi.Float32);
        try
        {
            var product = descriptors.Product(Library.Engine, source, weights, target);
            var chosen = descriptors.Copy(OneDnnApi.dnnl_primitive_desc_query_md(product, OneDnnApi.QueryWeights, 0));
            OneDnnApi.dnnl_primitive_desc_destroy(product);
            return _layouts[(columns, depth, precision)] = new PackedLayout(chosen, (long)OneDnnApi.dnnl_memory_desc_get_size(chosen));
        }
        finally
        {
            descriptors.Free(source);
            descriptors.Free(weights);
            descriptors.Free(target);
        }
    }
}

/// <summary>How a product wants its weights.</summary>
/// <param name="Descriptor">Belongs to the cache.</param>
/// <param name="Bytes">Of the packed weights.</param>
internal sealed record PackedLayout(nint Descriptor, long Bytes);
