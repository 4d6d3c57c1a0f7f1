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

    /// <summary>What <see cref="ggml_gallocr_reserve"/> would allocate, without allocating it.</summary>
    [LibraryImport(Library.GgmlBase)]
    internal static partial void ggml_gallocr_reserve_n_size(nint allocator, nint graph, int* nodeBuffers, int* leafBuffers, nuint* sizes);

    [LibraryImport(Library.GgmlBase)]
    internal static partial nuint ggml_backend_alloc_ctx_tensors_from_buft_size(nint context, nint bufferType);

    [LibraryImport(Library.GgmlBase)]
    internal static partial byte ggml_backend_buft_is_host(nint bufferType);

    [LibraryImport(Library.GgmlBase)]
    internal static partial nint ggml_backend_buft_alloc_buffer(nint bufferType, nuint size);

    [LibraryImport(Library.GgmlBase)]
    internal static partial GgmlTensor* ggml_get_first_tensor(nint context);

    [LibraryImport(Library.GgmlBase)]
    internal static partial GgmlTensor* ggml_get_next_tensor(nint context, GgmlTensor* tensor);
}
