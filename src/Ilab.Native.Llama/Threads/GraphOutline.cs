using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama.Threads;

/// <summary>What of a graph tells how it is computed: which nodes ggml calls back after, and which graph it is.</summary>
internal unsafe readonly struct GraphOutline
{
    private const int Computed = 16; // GGML_TENSOR_FLAG_COMPUTE

    private GraphOutline(ulong kind, long rows) => (Kind, Rows) = (kind, rows);

    /// <summary>The same for graphs of the same operations in the same order.</summary>
    public ulong Kind { get; }

    /// <summary>Rows of the widest product: tokens of the step.</summary>
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

    /// <summary>How often ggml calls back while it computes nodes [first, end).</summary>
    public static int Callbacks(GgmlTensor** nodes, int first, int end)
    {
        var count = 0;
        for (var index = first; index < end; index = Next(nodes, index, end))
        {
            count += IsComputed(nodes[index]) ? 1 : 0;
        }

        return count;
    }

    /// <returns>The first node that was not computed when ggml has called back so often.</returns>
    public static int After(GgmlTensor** nodes, int first, int end, int callbacks)
    {
        var index = first;
        while (index < end && callbacks > 0)
        {
            callbacks -= IsComputed(nodes[index]) ? 1 : 0;
            index = Next(nodes, index, end);
        }

        return index;
    }

    /// <returns>The last place at or before <paramref name="end"/>, after <paramref name="first"/>, where a graph may be cut: what ggml fuses is not torn apart, so that digits do not depend on cuts.</returns>
    public static int Cut(GgmlTensor** nodes, int first, int end, int count) =>
        end < count && nodes[end - 1]->op == GgmlOp.RmsNorm ? end - 1 > first ? end - 1 : end + 1 : end;

    /// <summary>A norm and the product after it are one to ggml.</summary>
    private static int Next(GgmlTensor** nodes, int index, int end) =>
        index + 1 < end && nodes[index]->op == GgmlOp.RmsNorm && nodes[index + 1]->op == GgmlOp.Mul && IsComputed(nodes[index]) && IsComputed(nodes[index + 1])
        && (nodes[index + 1]->src[0] == (nint)nodes[index] || nodes[index + 1]->src[1] == (nint)nodes[index])
            ? index + 2
            : index + 1;

    private static bool IsComputed(GgmlTensor* node) => (node->flags & Computed) != 0 && node->op is not (GgmlOp.None or GgmlOp.Reshape or GgmlOp.View or GgmlOp.Permute or GgmlOp.Transpose);
}
