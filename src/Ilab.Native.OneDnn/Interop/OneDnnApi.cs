using System.Runtime.InteropServices;

namespace Ilab.Native.OneDnn.Interop;

/// <summary>oneDNN's C interface, as far as 2.6 and 3.x agree on it; where they do not, see <see cref="Descriptors"/>.</summary>
internal static unsafe partial class OneDnnApi
{
    /// <summary>Name that <see cref="Loading.OneDnnLibrary"/> resolves to the file that was found.</summary>
    public const string Library = "onednn";

    public const int Success = 0;
    public const int CpuEngine = 1;
    public const uint InOrder = 1;
    public const int UserScratchpad = 1;
    public const int Bfloat16 = 2;
    public const int Float32 = 3;
    public const int AnyLayout = 1;
    public const int QueryImplementation = 8;
    public const int QueryWeights = 131;
    public const int QueryScratchpad = 136;
    public const int ArgumentSource = 1;
    public const int ArgumentTarget = 17;
    public const int ArgumentWeights = 33;
    public const int ArgumentScratchpad = 80;

    [LibraryImport(Library)]
    internal static partial VersionInfo* dnnl_version();

    [LibraryImport(Library)]
    internal static partial int dnnl_get_effective_cpu_isa();

    [LibraryImport(Library)]
    internal static partial int dnnl_engine_create(nint* engine, int kind, nuint index);

    [LibraryImport(Library)]
    internal static partial int dnnl_stream_create(nint* stream, nint engine, uint flags);

    [LibraryImport(Library)]
    internal static partial int dnnl_stream_wait(nint stream);

    [LibraryImport(Library)]
    internal static partial int dnnl_stream_destroy(nint stream);

    [LibraryImport(Library)]
    internal static partial int dnnl_primitive_attr_create(nint* attributes);

    [LibraryImport(Library)]
    internal static partial int dnnl_primitive_attr_set_scratchpad_mode(nint attributes, int mode);

    [LibraryImport(Library)]
    internal static partial int dnnl_primitive_attr_destroy(nint attributes);

    [LibraryImport(Library)]
    internal static partial int dnnl_primitive_desc_query(nint descriptor, int what, int index, void* result);

    /// <returns>A memory descriptor that belongs to the primitive descriptor.</returns>
    [LibraryImport(Library)]
    internal static partial nint dnnl_primitive_desc_query_md(nint descriptor, int what, int index);

    [LibraryImport(Library)]
    internal static partial int dnnl_primitive_desc_destroy(nint descriptor);

    [LibraryImport(Library)]
    internal static partial int dnnl_primitive_create(nint* primitive, nint descriptor);

    [LibraryImport(Library)]
    internal static partial int dnnl_primitive_destroy(nint primitive);

    [LibraryImport(Library)]
    internal static partial int dnnl_primitive_execute(nint primitive, nint stream, int count, Argument* arguments);

    [LibraryImport(Library)]
    internal static partial int dnnl_reorder_primitive_desc_create(
        nint* descriptor,
        nint source,
        nint sourceEngine,
        nint target,
        nint targetEngine,
        nint attributes
    );

    [LibraryImport(Library)]
    internal static partial nuint dnnl_memory_desc_get_size(nint memoryDescriptor);

    [LibraryImport(Library)]
    internal static partial int dnnl_memory_create(nint* memory, nint memoryDescriptor, nint engine, void* data);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int dnnl_memory_set_data_handle(nint memory, void* data);

    [LibraryImport(Library)]
    internal static partial int dnnl_memory_destroy(nint memory);
}

/// <summary>Mirrors <c>dnnl_version_t</c>, up to the last field that is read.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct VersionInfo
{
    public int major;
    public int minor;
    public int patch;
    public byte* hash;
    public uint cpu_runtime;
}

/// <summary>Mirrors <c>dnnl_exec_arg_t</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Argument(int kind, nint memory)
{
    public int arg = kind;
    public nint memory = memory;
}
