using System.Runtime.InteropServices;
using Ilab.Native.OneDnn.Interop;
using Ilab.Native.OneDnn.Loading;

namespace Ilab.Native.OneDnn.Products;

/// <summary>Weights in the layout that the product likes best, made once when a model is loaded.</summary>
internal sealed unsafe class PackedWeight : IDisposable
{
    /// <summary>Columns that lie together: a slice of whole blocks of a packed matrix is a packed matrix.</summary>
    public const long Block = 64;

    private const nuint Line = 64;
    private byte* _data;

    private PackedWeight(byte* data, PackedLayout layout, WeightRows rows, bool isTurned)
    {
        _data = data;
        (Bytes, Columns, Depth, Precision) = (layout.Bytes, isTurned ? rows.Columns : rows.Rows, isTurned ? rows.Rows : rows.Columns, rows.Precision);
    }

    public long Bytes { get; }

    /// <summary>Columns of the product: the rows of the file's matrix.</summary>
    public long Columns { get; }

    public long Depth { get; }

    public Precision Precision { get; }

    public byte* Data => _data;

    /// <summary>Whether slices can be used, as <see cref="SliceCheck"/> found out.</summary>
    public bool CanBeSliced { get; set; }

    /// <summary>Where the slice from a column on starts; the column is a multiple of <see cref="Block"/>.</summary>
    public byte* From(long column) => _data + (Bytes / ((Columns + Block - 1) / Block) * (column / Block));

    /// <param name="isTurned">The product is with the matrix itself, not with its transpose: what a gradient needs.</param>
    /// <exception cref="OneDnnException">No fast implementation, or no memory.</exception>
    public static PackedWeight Pack(KernelCache kernels, WeightRows rows, bool isTurned = false)
    {
        var library = kernels.Library;
        var layout = isTurned ? kernels.Layout(rows.Columns, rows.Rows, rows.Precision) : kernels.Layout(rows.Rows, rows.Columns, rows.Precision);
        library.UseOneThread();
        var plain = (byte*)NativeMemory.AlignedAlloc((nuint)(rows.Rows * rows.Columns * rows.Precision.Size()), Line);
        var packed = (byte*)NativeMemory.AlignedAlloc((nuint)layout.Bytes, Line);
        try
        {
            rows.Convert(plain);
            Reorder(library, rows, isTurned, plain, layout, packed);
            var weight = new PackedWeight(packed, layout, rows, isTurned);
            packed = null;
            return weight;
        }
        finally
        {
            NativeMemory.AlignedFree(plain);
            NativeMemory.AlignedFree(packed);
        }
    }

    /// <summary>A weight that has the size of the packed one, and no data.</summary>
    /// <exception cref="OneDnnException">No fast implementation.</exception>
    public static PackedWeight Sized(KernelCache kernels, WeightRows rows, bool isTurned) =>
        new(null, isTurned ? kernels.Layout(rows.Columns, rows.Rows, rows.Precision) : kernels.Layout(rows.Rows, rows.Columns, rows.Precision), rows, isTurned);

    public void Dispose()
    {
        NativeMemory.AlignedFree(_data);
        _data = null;
    }

    private static void Reorder(OneDnnLibrary library, WeightRows rows, bool isTurned, void* plain, PackedLayout layout, void* packed)
    {
        var (engine, descriptors) = (library.Engine, library.Descriptors);
        var source = isTurned
            ? descriptors.Matrix(rows.Rows, rows.Columns, rows.Columns, 1, rows.Precision.DataType())
            : descriptors.Matrix(rows.Columns, rows.Rows, 1, rows.Columns, rows.Precision.DataType());
        nint descriptor = 0,
            primitive = 0,
            stream = 0,
            from = 0,
            to = 0;
        try
        {
            Check.Ok(OneDnnApi.dnnl_reorder_primitive_desc_create(&descriptor, source, engine, layout.Descriptor, engine, 0), "packing");
            Check.Ok(OneDnnApi.dnnl_primitive_create(&primitive, descriptor), "packing");
            Check.Ok(OneDnnApi.dnnl_stream_create(&stream, engine, OneDnnApi.InOrder), "packing");
            Check.Ok(OneDnnApi.dnnl_memory_create(&from, source, engine, plain), "packing");
            Check.Ok(OneDnnApi.dnnl_memory_create(&to, layout.Descriptor, engine, packed), "packing");
            Argument* arguments = stackalloc Argument[2] { new(OneDnnApi.ArgumentSource, from), new(OneDnnApi.ArgumentTarget, to) };
            Check.Ok(OneDnnApi.dnnl_primitive_execute(primitive, stream, 2, arguments), "packing");
            Check.Ok(OneDnnApi.dnnl_stream_wait(stream), "packing");
        }
        finally
        {
            _ = from == 0 ? 0 : OneDnnApi.dnnl_memory_destroy(from);
            _ = to == 0 ? 0 : OneDnnApi.dnnl_memory_destroy(to);
            _ = stream == 0 ? 0 : OneDnnApi.dnnl_stream_destroy(stream);
            _ = primitive == 0 ? 0 : OneDnnApi.dnnl_primitive_destroy(primitive);
            _ = descriptor == 0 ? 0 : OneDnnApi.dnnl_primitive_desc_destroy(descriptor);
            descriptors.Free(source);
        }
    }
}
