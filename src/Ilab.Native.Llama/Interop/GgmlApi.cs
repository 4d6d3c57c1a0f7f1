using System.Runtime.InteropServices;

namespace Ilab.Native.Llama.Interop;

/// <summary>libggml: backends and devices.</summary>
internal static unsafe partial class GgmlApi
{
    [LibraryImport(Library.Ggml, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial void ggml_backend_load_all_from_path(string directory);

    [LibraryImport(Library.Ggml)]
    internal static partial nuint ggml_backend_dev_count();

    /// <param name="type">0 = CPU, 1 = GPU, 2 = integrated GPU, 3 = accelerator.</param>
    [LibraryImport(Library.Ggml)]
    internal static partial nint ggml_backend_dev_by_type(int type);

    /// <param name="name">For example <c>CUDA0</c>; case-insensitive.</param>
    [LibraryImport(Library.Ggml, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint ggml_backend_dev_by_name(string name);

    [LibraryImport(Library.Ggml)]
    internal static partial nint ggml_backend_dev_get(nuint index);

    [LibraryImport(Library.GgmlBase)]
    internal static partial byte* ggml_backend_dev_name(nint device);

    [LibraryImport(Library.GgmlBase)]
    internal static partial byte* ggml_backend_dev_description(nint device);

    [LibraryImport(Library.GgmlBase)]
    internal static partial void ggml_backend_dev_memory(nint device, out nuint free, out nuint total);

    [LibraryImport(Library.GgmlBase)]
    internal static partial nint ggml_backend_dev_backend_reg(nint device);

    [LibraryImport(Library.GgmlBase, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint ggml_backend_reg_get_proc_address(nint registration, string name);

    [LibraryImport(Library.GgmlBase)]
    internal static partial void ggml_threadpool_params_init(ThreadPoolParams* parameters, int threads);

    [LibraryImport(Library.GgmlBase)]
    internal static partial byte* ggml_version();
}
