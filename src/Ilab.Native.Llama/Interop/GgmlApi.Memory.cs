using System.Runtime.InteropServices;

namespace Ilab.Native.Llama.Interop;

/// <summary>libggml-base: tensor memory and transfers.</summary>
internal static unsafe partial class GgmlApi
{
    [LibraryImport(Library.GgmlBase)]
    internal static partial nint ggml_backend_get_default_buffer_type(nint backend);

    [LibraryImport(Library.GgmlBase)]
    internal static partial nint ggml_backend_get_device(nint backend);

    [LibraryImport(Library.GgmlBase)]
    internal static partial byte ggml_backend_supports_op(nint backend, GgmlTensor* op);

    [LibraryImport(Library.GgmlBase)]
    internal static partial byte* ggml_backend_name(nint backend);

    [LibraryImport(Library.GgmlBase)]
    internal static partial void ggml_backend_buffer_clear(nint buffer, byte value);

    [LibraryImport(Library.GgmlBase)]
    internal static partial nuint ggml_backend_buffer_get_size(nint buffer);

    [LibraryImport(Library.GgmlBase)]
    internal static partial void ggml_backend_tensor_set(GgmlTensor* tensor, void* data, nuint offset, nuint size);

    [LibraryImport(Library.GgmlBase)]
    internal static partial void ggml_backend_tensor_get(GgmlTensor* tensor, void* data, nuint offset, nuint size);

    [LibraryImport(Library.GgmlBase)]
    internal static partial void ggml_backend_tensor_memset(GgmlTensor* tensor, byte value, nuint offset, nuint size);

    [LibraryImport(Library.GgmlBase)]
    internal static partial nint ggml_gallocr_new(nint bufferType);

    [LibraryImport(Library.GgmlBase)]
    internal static partial void ggml_gallocr_free(nint allocator);

    [LibraryImport(Library.GgmlBase)]
    internal static partial byte ggml_gallocr_alloc_graph(nint allocator, nint graph);

    [LibraryImport(Library.GgmlBase)]
    internal static partial byte ggml_gallocr_reserve(nint allocator, nint graph);

    [LibraryImport(Library.GgmlBase)]
    internal static partial nuint ggml_gallocr_get_buffer_size(nint allocator, int buffer);
}
