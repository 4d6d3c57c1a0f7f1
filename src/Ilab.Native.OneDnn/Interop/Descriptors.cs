using System.Runtime.InteropServices;

namespace Ilab.Native.OneDnn.Interop;

/// <summary>
/// Memory descriptors and matrix products, in the words of the loaded major version. In 2.x a descriptor is a structure of the caller, in 3.x an object of
/// the library; both are a pointer here, freed with <see cref="Free"/>.
/// </summary>
internal abstract unsafe partial class Descriptors
{
    /// <param name="major">2 or 3.</param>
    public static Descriptors Of(int major) => major == 2 ? new Version2() : new Version3();

    /// <summary>A matrix; strides are in elements.</summary>
    public abstract nint Matrix(long rows, long columns, long rowStride, long columnStride, int type);

    /// <summary>A matrix whose layout the product chooses.</summary>
    public abstract nint AnyMatrix(long rows, long columns, int type);

    /// <summary>A copy of a descriptor that belongs to something else.</summary>
    public abstract nint Copy(nint descriptor);

    public abstract void Free(nint descriptor);

    /// <summary>Describes target = source x weights, all of it by the caller's memory.</summary>
    /// <returns>A primitive descriptor.</returns>
    public abstract nint Product(nint engine, nint source, nint weights, nint target);

    private static nint UserScratchpad()
    {
        nint attributes;
        Check.Ok(OneDnnApi.dnnl_primitive_attr_create(&attributes), "attributes");
        Check.Ok(OneDnnApi.dnnl_primitive_attr_set_scratchpad_mode(attributes, OneDnnApi.UserScratchpad), "scratchpad mode");
        return attributes;
    }

    private sealed partial class Version2 : Descriptors
    {
        private const int DescriptorSize = 696;
        private const int ProductSize = 2800;

        public override nint Matrix(long rows, long columns, long rowStride, long columnStride, int type)
        {
            long* sizes = stackalloc long[2] { rows, columns };
            long* strides = stackalloc long[2] { rowStride, columnStride };
            var descriptor = (nint)NativeMemory.AllocZeroed(DescriptorSize);
            Check.Ok(dnnl_memory_desc_init_by_strides(descriptor, 2, sizes, type, strides), "matrix");
            return descriptor;
        }

        public override nint AnyMatrix(long rows, long columns, int type)
        {
            long* sizes = stackalloc long[2] { rows, columns };
            var descriptor = (nint)NativeMemory.AllocZeroed(DescriptorSize);
            Check.Ok(dnnl_memory_desc_init_by_tag(descriptor, 2, sizes, type, OneDnnApi.AnyLayout), "matrix of any layout");
            return descriptor;
        }

        public override nint Copy(nint descriptor)
        {
            var copy = (nint)NativeMemory.Alloc(DescriptorSize);
            NativeMemory.Copy((void*)descriptor, (void*)copy, DescriptorSize);
            return copy;
        }

        public override void Free(nint descriptor) => NativeMemory.Free((void*)descriptor);

        public override nint Product(nint engine, nint source, nint weights, nint target)
        {
            byte* product = stackalloc byte[ProductSize];
            Check.Ok(dnnl_matmul_desc_init(product, source, weights, 0, target), "product");
            var attributes = UserScratchpad();
            nint result;
            var status = dnnl_primitive_desc_create(&result, product, attributes, engine, 0);
            OneDnnApi.dnnl_primitive_attr_destroy(attributes);
            Check.Ok(status, "product");
            return result;
        }

        [LibraryImport(OneDnnApi.Library)]
        private static partial int dnnl_memory_desc_init_by_strides(nint descriptor, int dimensions, long* sizes, int type, long* strides);

        [LibraryImport(OneDnnApi.Library)]
        private static partial int dnnl_memory_desc_init_by_tag(nint descriptor, int dimensions, long* sizes, int type, int tag);

        [LibraryImport(OneDnnApi.Library)]
        private static partial int dnnl_matmul_desc_init(void* product, nint source, nint weights, nint bias, nint target);

        [LibraryImport(OneDnnApi.Library)]
        private static partial int dnnl_primitive_desc_create(nint* result, void* product, nint attributes, nint engine, nint hint);
    }

    private sealed partial class Version3 : Descriptors
    {
        public override nint Matrix(long rows, long columns, long rowStride, long columnStride, int type)
        {
            long* sizes = stackalloc long[2] { rows, columns };
            long* strides = stackalloc long[2] { rowStride, columnStride };
            nint descriptor;
            Check.Ok(dnnl_memory_desc_create_with_strides(&descriptor, 2, sizes, type, strides), "matrix");
            return descriptor;
        }

        public override nint AnyMatrix(long rows, long columns, int type)
        {
            long* sizes = stackalloc long[2] { rows, columns };
            nint descriptor;
            Check.Ok(dnnl_memory_desc_create_with_tag(&descriptor, 2, sizes, type, OneDnnApi.AnyLayout), "matrix of any layout");
            return descriptor;
        }

        public override nint Copy(nint descriptor)
        {
            nint copy;
            Check.Ok(dnnl_memory_desc_clone(&copy, descriptor), "descriptor");
            return copy;
        }

        public override void Free(nint descriptor) => dnnl_memory_desc_destroy(descriptor);

        public override nint Product(nint engine, nint source, nint weights, nint target)
        {
            var attributes = UserScratchpad();
            nint result;
            var status = dnnl_matmul_primitive_desc_create(&result, engine, source, weights, 0, target, attributes);
            OneDnnApi.dnnl_primitive_attr_destroy(attributes);
            Check.Ok(status, "product");
            return result;
        }

        [LibraryImport(OneDnnApi.Library)]
        private static partial int dnnl_memory_desc_create_with_strides(nint* descriptor, int dimensions, long* sizes, int type, long* strides);

        [LibraryImport(OneDnnApi.Library)]
        private static partial int dnnl_memory_desc_create_with_tag(nint* descriptor, int dimensions, long* sizes, int type, int tag);

        [LibraryImport(OneDnnApi.Library)]
        private static partial int dnnl_memory_desc_clone(nint* copy, nint descriptor);

        [LibraryImport(OneDnnApi.Library)]
        private static partial int dnnl_memory_desc_destroy(nint descriptor);

        [LibraryImport(OneDnnApi.Library)]
        private static partial int dnnl_matmul_primitive_desc_create(
            nint* result,
            nint engine,
            nint source,
            nint weights,
            nint bias,
            nint target,
            nint attributes
        );
    }
}
