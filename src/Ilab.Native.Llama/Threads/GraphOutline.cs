using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama.Threads;

/// <summary>The structure of a graph: the nodes after which ggml calls back, and a fingerprint.</summary>
internal readonly unsafe struct GraphOutline
{
    private const int Output = 2,
        Computed = 16; // GGML_TENSOR_FLAG_

    private GraphOutline(ulong kind, long rows) => (Kind, Rows) = (kind, rows);

    /// <summary>Equal for graphs with the same operations in the same order.</summary>
    public ulong Kind { get; }

    /// <summary>Rows of the widest matrix multiplication: the tokens of the step.</summary>
    public long Rows { get; }

    public static GraphOutline Of(GgmlTensor** nodes, int count)
    {
        var (hash, rows) = (14695981039346656037UL, 1L);
        for (var index = 0; index < count; index++)
        {
            var node = nodes[index];
            hash = (hash ^ (uint)node->op ^ ((ulong)(uint)(node->flags & Computed) << 8)) * 1099511628211UL;
            if (node->op == GgmlOp.MulMat && node->ne[1] > rows)
            {
                rows = node->ne[1];
            }
        }

        return new GraphOutline(hash, rows);
    }

    /// <summary>Number of callbacks while ggml computes nodes [first, end).</summary>
    public static int Callbacks(GraphView* graph, int first, int end)
    {
        var count = 0;
        for (var index = first; index < end; index = Next(graph, index, end))
        {
            count += IsComputed(graph->nodes[index]) ? 1 : 0;
        }

        return count;
    }

    /// <returns>The first node that was not computed after a number of callbacks.</returns>
    public static int After(GraphView* graph, int first, int end, int callbacks)
    {
        var index = first;
        while (index < end && callbacks > 0)
        {
            callbacks -= IsComputed(graph->nodes[index]) ? 1 : 0;
            index = Next(graph, index, end);
        }

        return index;
    }

    /// <returns>The last position at or before <paramref name="end"/>, after <paramref name="first"/>, where a graph may be split: nodes that ggml fuses are
    /// not separated, so that results do not depend on splits.</returns>
    public static int Cut(GgmlTensor** nodes, int first, int end, int count) =>
        end < count && nodes[end - 1]->op == GgmlOp.RmsNorm
            ? end - 1 > first
                ? end - 1
                : end + 1
            : end;

    private static int Next(GraphView* graph, int index, int end) =>
        index + 1 < end && AreFused(graph, graph->nodes[index], graph->nodes[index + 1]) ? index + 2 : index + 1;

    /// <summary>ggml fuses a norm with the multiplication after it if nothing else uses the norm.</summary>
    private static bool AreFused(GraphView* graph, GgmlTensor* norm, GgmlTensor* product)
    {
        if (
            norm->op != GgmlOp.RmsNorm
            || product->op != GgmlOp.Mul
            || !IsComputed(norm)
            || !IsComputed(product)
            || norm->view_src != null
            || (norm->flags & Output) != 0
        )
        {
            return false;
        }

        var isFirst = product->src[0] == (nint)norm;
        var weight = (GgmlTensor*)product->src[isFirst ? 1 : 0];
        return (isFirst || product->src[1] == (nint)norm)
            && norm->ne[0] == product->ne[0]
            && norm->ne[1] == product->ne[1]
            && norm->ne[2] == product->ne[2]
            && norm->ne[3] == product->ne[3]
            && ((GgmlTensor*)norm->src[0])->type == 0
            && product->type == 0
            && weight->type == 0
            && weight->ne[0] == norm->ne[0]
            && weight->nb[0] == sizeof(float)
            && graph->Uses(norm) == 1;
    }

    private static bool IsComputed(GgmlTensor* node) =>
        (node->flags & Computed) != 0 && node->op is not (GgmlOp.None or GgmlOp.Reshape or GgmlOp.View or GgmlOp.Permute or GgmlOp.Transpose);
}
