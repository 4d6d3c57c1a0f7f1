using System.Runtime.InteropServices;

namespace Ilab.Native.Llama.Interop;

/// <summary>libggml: backends and devices.</summary>
internal static unsafe partial class GgmlApi
{
    [LibraryImport(Library.Ggml, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial void ggml_backend_load_all_from_path(string directory);

    [LibraryImport(Library.Ggml)]
    internal static partial nuint ggml_backend_dev_count();

    [LibraryImport(Library.GgmlBase)]
    internal static partial byte* ggml_version();
}
