using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama.Ggml.Kernels;

/// <summary>
/// Fuses additions with products of small inner dimension, as in every adapted layer and its gradients: the product is accumulated in place onto the other
/// operand, instead of being written, read and added.
/// </summary>
internal static unsafe class RankAddition
{
    /// <summary>Flags of inputs, outputs, parameters and losses.</summary>
    private const int Special = 15;

    /// <summary>Takes over additions in a graph that is not allocated yet.</summary>
    /// <returns>The products that are no longer needed.</returns>
    public static HashSet<Tensor> Install(GgmlGraph graph)
    {
        var uses = new Dictionary<nint, int>();
        foreach (var node in graph.Nodes)
        {
            Count(node.Pointer, uses);
        }

        var needless = new HashSet<Tensor>();
        var inPlace = new HashSet<nint>();
        foreach (var node in graph.Nodes)
        {
            if (node.Pointer->op == GgmlOp.Add && Product(node.Pointer, uses, inPlace) is var product && product != null)
            {
                needless.Add(new Tensor(product));
                inPlace.Add((nint)node.Pointer);
                Install(node.Pointer, product);
            }
        }

        Reroot(graph, inPlace);
        return needless;
    }

    /// <summary>
    /// Views of a sum are views of what it was added to: the allocator follows one step only, and would take that memory for used until the graph ends.
    /// </summary>
    private static void Reroot(GgmlGraph graph, HashSet<nint> inPlace)
    {
        foreach (var node in graph.Nodes)
        {
            if (inPlace.Contains((nint)node.Pointer->view_src))
            {
                node.Pointer->view_src = ((GgmlTensor*)node.Pointer->view_src)->view_src;
            }
        }
    }

    private static void Count(GgmlTensor* node, Dictionary<nint, int> uses)
    {
        foreach (var source in (ReadOnlySpan<nint>)node->src)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(uses, source, out _)++;
        }

        // A tensor with views must not be modified.
        CollectionsMarshal.GetValueRefOrAddDefault(uses, (nint)node->view_src, out _)++;
    }

    /// <returns>The operand that is a product; null = leave the addition to ggml.</returns>
    private static GgmlTensor* Product(GgmlTensor* sum, Dictionary<nint, int> uses, HashSet<nint> inPlace)
    {
        GgmlTensor* first = (GgmlTensor*)sum->src[0],
            second = (GgmlTensor*)sum->src[1];
        var isFree = sum->view_src == null && IsOnlyUse(first, uses) && IsOnlyUse(second, uses) && new Tensor(first).HasShapeOf(new Tensor(second));
        return isFree && NarrowProduct.IsRankUp(second) && IsOwn(first, inPlace) && !NarrowProduct.IsRankUp(first) ? second : null;
    }

    private static bool IsOnlyUse(GgmlTensor* tensor, Dictionary<nint, int> uses) => uses[(nint)tensor] == 1 && (tensor->flags & Special) == 0;

    /// <summary>Whether it is computed into its own memory by an operation that does not need its result again.</summary>
    private static bool IsOwn(GgmlTensor* tensor, HashSet<nint> inPlace) =>
        tensor->type == TensorTypes.F32
        && GgmlApi.ggml_is_contiguous(tensor) != 0
        && (inPlace.Contains((nint)tensor) || (tensor->view_src == null && tensor->op is GgmlOp.MulMat or GgmlOp.OutProd or GgmlOp.Add));

    private static void Install(GgmlTensor* sum, GgmlTensor* product)
    {
        var place = (GgmlTensor*)sum->src[0];
        CustomNode.Install(sum, &Compute, product->op == GgmlOp.OutProd ? 1 : 0);
        sum->src[1] = product->src[0];
        sum->src[2] = product->src[1];
        sum->view_src = place->view_src != null ? place->view_src : place;
        sum->view_offs = 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Compute(GgmlTensor* node, int thread, int threads, nint data)
    {
        var product = new NarrowProduct.Product(node, (GgmlTensor*)node->src[1], (GgmlTensor*)node->src[2], data != 0);
        RankUp.Compute(product, isSum: true, thread, threads);
    }
}
