using System.Runtime.InteropServices;

namespace Ilab.Native.Llama.Interop;

/// <summary>libggml-base: tensors, graphs, buffers and quantization.</summary>
internal static unsafe partial class GgmlApi
{
    [LibraryImport(Library.GgmlBase)]
    internal static partial nint ggml_init(InitParams parameters);

    [LibraryImport(Library.GgmlBase)]
    internal static partial void ggml_free(nint context);

    [LibraryImport(Library.GgmlBase)]
    internal static partial nuint ggml_tensor_overhead();

    [LibraryImport(Library.GgmlBase)]
    internal static partial nuint ggml_graph_overhead_custom(nuint size, byte gradients);

    [LibraryImport(Library.GgmlBase)]
    internal static partial GgmlTensor* ggml_new_tensor_2d(nint context, int type, long columns, long rows);

    [LibraryImport(Library.GgmlBase)]
    internal static partial GgmlTensor* ggml_mul_mat(nint context, GgmlTensor* weights, GgmlTensor* rows);

    [LibraryImport(Library.GgmlBase)]
    internal static partial GgmlTensor* ggml_flash_attn_ext(
        nint context,
        GgmlTensor* query,
        GgmlTensor* key,
        GgmlTensor* value,
        GgmlTensor* mask,
        float scale,
        float maxBias,
        float softcap
    );

    [LibraryImport(Library.GgmlBase)]
    internal static partial GgmlTensor* ggml_reshape_3d(nint context, GgmlTensor* tensor, long columns, long rows, long matrices);

    [LibraryImport(Library.GgmlBase)]
    internal static partial GgmlTensor* ggml_mul_mat_id(nint context, GgmlTensor* experts, GgmlTensor* rows, GgmlTensor* chosen);

    [LibraryImport(Library.GgmlBase)]
    internal static partial nint ggml_new_graph_custom(nint context, nuint size, byte gradients);

    [LibraryImport(Library.GgmlBase)]
    internal static partial void ggml_build_forward_expand(nint graph, GgmlTensor* tensor);

    [LibraryImport(Library.GgmlBase), SuppressGCTransition]
    internal static partial int ggml_graph_n_nodes(nint graph);

    [LibraryImport(Library.GgmlBase)]
    internal static partial GraphView ggml_graph_view(nint graph, int first, int end);

    [LibraryImport(Library.GgmlBase), SuppressGCTransition]
    internal static partial GgmlTensor** ggml_graph_nodes(nint graph);

    [LibraryImport(Library.GgmlBase), SuppressGCTransition]
    internal static partial GgmlTypeTraits* ggml_get_type_traits(int type);

    [LibraryImport(Library.GgmlBase)]
    internal static partial nuint ggml_nbytes(GgmlTensor* tensor);

    [LibraryImport(Library.GgmlBase)]
    internal static partial nuint ggml_row_size(int type, long columns);

    [LibraryImport(Library.GgmlBase)]
    internal static partial nuint ggml_quantize_chunk(int type, float* source, void* target, long start, long rows, long columns, float* importance);

    [LibraryImport(Library.GgmlBase)]
    internal static partial void ggml_quantize_free();

    [LibraryImport(Library.GgmlBase)]
    internal static partial nint ggml_backend_alloc_ctx_tensors(nint context, nint backend);

    [LibraryImport(Library.GgmlBase)]
    internal static partial void ggml_backend_buffer_free(nint buffer);

    [LibraryImport(Library.GgmlBase)]
    internal static partial void ggml_backend_buffer_set_usage(nint buffer, int usage);

    [LibraryImport(Library.GgmlBase), SuppressGCTransition]
    internal static partial int ggml_backend_buffer_get_usage(nint buffer);

    [LibraryImport(Library.GgmlBase)]
    internal static partial byte ggml_backend_buffer_is_host(nint buffer);
}

/// <summary>Mirrors <c>ggml_init_params</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct InitParams
{
    public nuint mem_size;
    public void* mem_buffer;
    public byte no_alloc;
}
