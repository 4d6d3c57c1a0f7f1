using System.Runtime.InteropServices;
using Ilab.Native.OneDnn.Interop;
using Ilab.Native.OneDnn.Loading;

namespace Ilab.Native.OneDnn.Products;

/// <summary>A compiled product of one shape. It holds no data and may run on many threads at once, each with its own <see cref="Binding"/>.</summary>
internal sealed unsafe class ProductKernel : IDisposable
{
    private readonly Descriptors _descriptors;
    private readonly nint _engine;
    private readonly nint _source;
    private readonly nint _weights;
    private readonly nint _target;
    private readonly nint _scratchpad;

    private ProductKernel(OneDnnLibrary library, ProductShape shape, nint weights, nint descriptor, nint source, nint target)
    {
        (_descriptors, _engine, Shape) = (library.Descriptors, library.Engine, shape);
        (_source, _target) = (source, target);
        _weights = _descriptors.Copy(weights);
        _scratchpad = _descriptors.Copy(OneDnnApi.dnnl_primitive_desc_query_md(descriptor, OneDnnApi.QueryScratchpad, 0));
        ScratchpadBytes = (long)OneDnnApi.dnnl_memory_desc_get_size(_scratchpad);
        byte* implementation = null;
        OneDnnApi.dnnl_primitive_desc_query(descriptor, OneDnnApi.QueryImplementation, 0, &implementation);
        Implementation = Marshal.PtrToStringUTF8((nint)implementation) ?? "";
        nint primitive;
        Check.Ok(OneDnnApi.dnnl_primitive_create(&primitive, descriptor), "kernel");
        Primitive = primitive;
    }

    public ProductShape Shape { get; }

    public nint Primitive { get; }

    public long ScratchpadBytes { get; }

    /// <summary>oneDNN's name of the implementation: what does not start with brg is a slow reference.</summary>
    public string Implementation { get; }

    /// <param name="packed">Layout of packed weights; 0 when the shape says rows.</param>
    /// <exception cref="OneDnnException">There is none, or no fast one.</exception>
    public static ProductKernel Create(OneDnnLibrary library, ProductShape shape, nint packed)
    {
        var descriptors = library.Descriptors;
        var type = shape.Precision.DataType();
        var source = descriptors.Matrix(shape.Rows, shape.Depth, shape.Depth, 1, type);
        var target = descriptors.Matrix(shape.Rows, shape.Columns, shape.Columns, 1, OneDnnApi.Float32);
        var rows =
            packed != 0 ? 0
            : shape.Layout == WeightLayout.Turned ? descriptors.Matrix(shape.Depth, shape.Columns, shape.Columns, 1, type)
            : descriptors.Matrix(shape.Depth, shape.Columns, 1, shape.Depth, type);
        nint descriptor = 0;
        try
        {
            descriptor = descriptors.Product(library.Engine, source, packed == 0 ? rows : packed, target);
            var kernel = new ProductKernel(library, shape, packed == 0 ? rows : packed, descriptor, source, target);
            if (!kernel.Implementation.StartsWith("brg", StringComparison.Ordinal))
            {
                kernel.Dispose();
                throw new OneDnnException($"oneDNN has only {kernel.Implementation} for {shape}");
            }

            return kernel;
        }
        finally
        {
            if (rows != 0)
            {
                descriptors.Free(rows);
            }

            if (descriptor != 0)
            {
                OneDnnApi.dnnl_primitive_desc_destroy(descriptor);
            }
        }
    }

    /// <summary>What one thread hands to the kernel.</summary>
    public Binding Bind()
    {
        var binding = new Binding { Primitive = Primitive };
        Check.Ok(OneDnnApi.dnnl_memory_create(&binding.Source, _source, _engine, null), "source");
        Check.Ok(OneDnnApi.dnnl_memory_create(&binding.Weights, _weights, _engine, null), "weights");
        Check.Ok(OneDnnApi.dnnl_memory_create(&binding.Target, _target, _engine, null), "target");
        Check.Ok(OneDnnApi.dnnl_memory_create(&binding.Scratchpad, _scratchpad, _engine, null), "scratchpad");
        return binding;
    }

    public void Dispose()
    {
        OneDnnApi.dnnl_primitive_destroy(Primitive);
        _descriptors.Free(_source);
        _descriptors.Free(_weights);
        _descriptors.Free(_target);
        _descriptors.Free(_scratchpad);
    }
}
