using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama.Attention;

/// <summary>What a node of attention does beside its tensors.</summary>
/// <param name="Scale">Of the scores.</param>
/// <param name="Cap">Scores are cap tanh(score / cap); 0 = they are not capped.</param>
internal readonly unsafe record struct AttentionFacts(float Scale, float Cap)
{
    private const int Mask = 3,
        F16 = 1,
        Half = 2;

    /// <summary>Reads them from a node that was not taken over.</summary>
    public static AttentionFacts Of(GgmlTensor* node) => new(((float*)node->op_params)[0], ((float*)node->op_params)[2]);

    /// <summary>Whether <see cref="CellAttention{T}"/> can compute the heads and tokens of a node on this processor.</summary>
    public static bool IsOurs(GgmlTensor* node)
    {
        GgmlTensor* key = (GgmlTensor*)node->src[1],
            value = (GgmlTensor*)node->src[2],
            mask = (GgmlTensor*)node->src[Mask];
        return NarrowFloats.IsSupported
            && CellAttention<NarrowFloats>.Fits(key->ne[0], value->ne[0])
            && key->type == F16
            && value->type == F16
            && key->nb[0] == Half
            && value->nb[0] == Half
            && (mask == null || (mask->type == F16 && mask->nb[0] == Half && mask->ne[2] == 1 && mask->ne[3] == 1));
    }
}
