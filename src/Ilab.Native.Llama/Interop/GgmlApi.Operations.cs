using System.Runtime.InteropServices;

namespace Ilab.Native.Llama.Interop;

/// <summary>libggml-base: operations for transformer graphs. They abort the process on invalid shapes, so Ggml/ validates these first.</summary>
internal static unsafe partial class GgmlApi
{
    [LibraryImport(Library.GgmlBase)]
    internal static partial GgmlTensor* ggml_new_tensor(nint context, int type, int dimensions, long* lengths);

    [LibraryImport(Library.GgmlBase)]
    internal static partial GgmlTensor* ggml_get_rows(nint context, GgmlTensor* table, GgmlTensor* indices);

    [LibraryImport(Library.GgmlBase)]
    internal static partial GgmlTensor* ggml_set_rows(nint context, GgmlTensor* table, GgmlTensor* rows, GgmlTensor* indices);

    [LibraryImport(Library.GgmlBase)]
    internal static partial GgmlTensor* ggml_rms_norm(nint context, GgmlTensor* a, float epsilon);

    [LibraryImport(Library.GgmlBase)]
    internal static partial GgmlTensor* ggml_mul(nint context, GgmlTensor* a, GgmlTensor* b);

    [LibraryImport(Library.GgmlBase)]
    internal static partial GgmlTensor* ggml_add(nint context, GgmlTensor* a, GgmlTensor* b);

    [LibraryImport(Library.GgmlBase)]
    internal static partial GgmlTensor* ggml_scale(nint context, GgmlTensor* a, float factor);

    [LibraryImport(Library.GgmlBase)]
    internal static partial GgmlTensor* ggml_silu(nint context, GgmlTensor* a);

    [LibraryImport(Library.GgmlBase)]
    internal static partial GgmlTensor* ggml_sqr(nint context, GgmlTensor* a);

    [LibraryImport(Library.GgmlBase)]
    internal static partial GgmlTensor* ggml_relu(nint context, GgmlTensor* a);

    [LibraryImport(Library.GgmlBase)]
    internal static partial GgmlTensor* ggml_exp(nint context, GgmlTensor* a);

    [LibraryImport(Library.GgmlBase)]
    internal static partial GgmlTensor* ggml_expm1(nint context, GgmlTensor* a);

    [LibraryImport(Library.GgmlBase)]
    internal static partial GgmlTensor* ggml_softplus(nint context, GgmlTensor* a);

    [LibraryImport(Library.GgmlBase)]
    internal static partial GgmlTensor* ggml_sum_rows(nint context, GgmlTensor* a);

    [LibraryImport(Library.GgmlBase)]
    internal static partial GgmlTensor* ggml_sub(nint context, GgmlTensor* a, GgmlTensor* b);

    [LibraryImport(Library.GgmlBase)]
    internal static partial GgmlTensor* ggml_div(nint context, GgmlTensor* a, GgmlTensor* b);

    [LibraryImport(Library.GgmlBase)]
    internal static partial GgmlTensor* ggml_scale_bias(nint context, GgmlTensor* a, float factor, float bias);

    [LibraryImport(Library.GgmlBase)]
    internal static partial GgmlTensor* ggml_view_2d(nint context, GgmlTensor* a, long ne0, long ne1, nuint nb1, nuint offset);

    [LibraryImport(Library.GgmlBase)]
    internal static partial GgmlTensor* ggml_view_3d(nint context, GgmlTensor* a, long ne0, long ne1, long ne2, nuint nb1, nuint nb2, nuint offset);

    [LibraryImport(Library.GgmlBase)]
    internal static partial GgmlTensor* ggml_sum(nint context, GgmlTensor* a);

    [LibraryImport(Library.GgmlBase)]
    internal static partial GgmlTensor* ggml_cont(nint context, GgmlTensor* a);

    [LibraryImport(Library.GgmlBase)]
    internal static partial GgmlTensor* ggml_cpy(nint context, GgmlTensor* a, GgmlTensor* target);

    [LibraryImport(Library.GgmlBase)]
    internal static partial GgmlTensor* ggml_reshape_4d(nint context, GgmlTensor* a, long ne0, long ne1, long ne2, long ne3);

    [LibraryImport(Library.GgmlBase)]
    internal static partial GgmlTensor* ggml_permute(nint context, GgmlTensor* a, int axis0, int axis1, int axis2, int axis3);

    [LibraryImport(Library.GgmlBase)]
    internal static partial GgmlTensor* ggml_transpose(nint context, GgmlTensor* a);

    [LibraryImport(Library.GgmlBase)]
    internal static partial GgmlTensor* ggml_swiglu_split(nint context, GgmlTensor* gate, GgmlTensor* up);

    [LibraryImport(Library.GgmlBase)]
    internal static partial GgmlTensor* ggml_soft_max_ext(nint context, GgmlTensor* a, GgmlTensor* mask, float scale, float maxBias);

    [LibraryImport(Library.GgmlBase)]
    internal static partial GgmlTensor* ggml_rope_ext(
        nint context,
        GgmlTensor* a,
        GgmlTensor* positions,
        GgmlTensor* factors,
        int dimensions,
        int mode,
        int originalContext,
        float frequencyBase,
        float frequencyScale,
        float extensionFactor,
        float attentionFactor,
        float betaFast,
        float betaSlow
    );

    [LibraryImport(Library.GgmlBase)]
    internal static partial GgmlTensor* ggml_opt_step_adamw(
        nint context,
        GgmlTensor* a,
        GgmlTensor* gradient,
        GgmlTensor* m,
        GgmlTensor* v,
        GgmlTensor* parameters
    );

    [LibraryImport(Library.GgmlBase)]
    internal static partial GgmlTensor* ggml_custom_4d(
        nint context,
        int type,
        long ne0,
        long ne1,
        long ne2,
        long ne3,
        GgmlTensor** arguments,
        int count,
        delegate* unmanaged[Cdecl]<GgmlTensor*, int, int, void*, void> function,
        int tasks,
        void* data
    );

    [LibraryImport(Library.GgmlBase)]
    internal static partial void ggml_build_backward_expand(nint context, nint graph, GgmlTensor** accumulators);

    [LibraryImport(Library.GgmlBase), SuppressGCTransition]
    internal static partial byte ggml_is_contiguous(GgmlTensor* tensor);
}
