using Ilab.Native.Llama.Attention;
using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama.Crew;

/// <summary>Which nodes of a graph are cut up, and which would keep one thread busy for long.</summary>
internal static unsafe class CrewNodes
{
    /// <summary>Weights may be stored with so many rows interleaved.</summary>
    public const long Interleaved = 16;

    private const int F32 = 0;

    /// <summary>Products with smaller weights are not cut up.</summary>
    private const long FewestBytes = 32 << 10;

    /// <summary>Elements of a node that one thread may compute while the others wait.</summary>
    private const long MostAlone = 64 << 10;

    /// <summary>Cells that one thread may look at while the others wait.</summary>
    private const long MostCells = 1024;

    /// <summary>Whether a node is the product of a large weight and one row.</summary>
    public static bool IsProduct(GgmlTensor* node)
    {
        if (node->op != GgmlOp.MulMat || node->Rows != 1)
        {
            return false;
        }

        GgmlTensor* weight = (GgmlTensor*)node->src[0],
            input = (GgmlTensor*)node->src[1];
        return weight->ne[2] == 1
            && weight->ne[3] == 1
            && weight->view_src == null
            && weight->ne[1] >= 2 * Interleaved
            && weight->Bytes >= FewestBytes
            && input->type == F32
            && input->nb[0] == sizeof(float)
            && node->type == F32
            && CrewBuffers.IsByRows(weight->buffer);
    }

    /// <summary>The same for what ggml does not compute.</summary>
    public static bool IsOtherProduct(GgmlTensor* node, out CrewProduct product)
    {
        product = default;
        fixed (CrewProduct* described = &product)
        {
            return node->op == GgmlOp.Custom && CrewProduct.Describe != null && CrewProduct.Describe(node, described) && product.Columns >= 2 * product.Grain;
        }
    }

    /// <summary>Whether a node that is not cut up takes long, or may.</summary>
    public static bool TakesLong(GgmlTensor* node) =>
        node->op switch
        {
            GgmlOp.None or GgmlOp.Reshape or GgmlOp.View or GgmlOp.Permute or GgmlOp.Transpose => false,
            GgmlOp.MulMat or GgmlOp.OutProd => ((GgmlTensor*)node->src[0])->ne[0] * ((GgmlTensor*)node->src[0])->Rows * node->Rows > MostAlone,
            GgmlOp.MulMatId or GgmlOp.FlashAttention => true,
            GgmlOp.Custom when HeadwiseAttention.IsTakenOver(node) => ((GgmlTensor*)node->src[1])->ne[1] > MostCells,
            GgmlOp.Custom when node->src[1] != 0 => true,
            _ => node->ne[0] * node->Rows > MostAlone && node->view_src == null,
        };
}
