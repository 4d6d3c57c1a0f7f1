using Ilab.Native.Llama.Ggml.Kernels;
using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama.Ggml;

/// <summary>Nodes in order of computation. Owned by its context.</summary>
public sealed unsafe class GgmlGraph
{
    private readonly GgmlContext _context;
    private readonly int _capacity;

    /// <param name="context">Must have room for its nodes.</param>
    /// <param name="capacity">Maximum number of nodes and leaves.</param>
    public GgmlGraph(GgmlContext context, int capacity, bool gradients = false)
    {
        _context = context;
        _capacity = capacity;
        Pointer = GgmlApi.ggml_new_graph_custom(context.Pointer, (nuint)capacity, gradients ? (byte)1 : (byte)0);
    }

    public int Count => GgmlApi.ggml_graph_n_nodes(Pointer);

    public IEnumerable<Tensor> Nodes => Enumerable.Range(0, Count).Select(index => this[index]);

    internal nint Pointer { get; }

    internal Tensor this[int index] => new(GgmlApi.ggml_graph_nodes(Pointer)[index]);

    /// <summary>Adds a tensor and everything it depends on.</summary>
    public void Add(Tensor tensor)
    {
        if (Count >= _capacity - 1)
        {
            throw new GgmlException($"the graph has no room for more than {_capacity} nodes");
        }

        GgmlApi.ggml_build_forward_expand(Pointer, tensor.Pointer);
    }

    /// <summary>Adds the nodes that compute gradients, from the loss to the parameters.</summary>
    /// <param name="accumulators">Accumulators of the gradients; for the loss, its initial gradient.</param>
    public void AddBackward(IReadOnlyDictionary<Tensor, Tensor> accumulators)
    {
        var count = Count;
        var list = new nint[count];
        var found = 0;
        for (var index = 0; index < count; index++)
        {
            if (accumulators.TryGetValue(this[index], out var accumulator))
            {
                if (!accumulator.HasShapeOf(this[index]) || !accumulator.IsFloat)
                {
                    throw new GgmlException($"{accumulator} cannot take the gradient of {this[index]}");
                }

                list[index] = (nint)accumulator.Pointer;
                found++;
            }
        }

        if (found != accumulators.Count)
        {
            throw new GgmlException($"{accumulators.Count - found} of the tensors that gradients are wanted for are not in the graph");
        }

        fixed (nint* pointer = list)
        {
            GgmlApi.ggml_build_backward_expand(_context.Pointer, Pointer, (GgmlTensor**)pointer);
        }
    }

    /// <summary>
    /// Replaces each outer product of the backward pass by a matrix multiplication, which ggml computes many times faster and for every type. The nodes are
    /// modified in place.
    /// </summary>
    /// <param name="transposed">Returns a frozen weight transposed, as F32; null = transpose it within the graph.</param>
    /// <param name="dequantized">Returns a frozen weight as F32 if a multiplication of the forward pass needs that; null = use it as is.</param>
    /// <param name="taken">Whether a node is computed by something else, and is therefore left unchanged; null = ggml computes everything.</param>
    /// <returns>The nodes of an equivalent graph.</returns>
    public IReadOnlyList<Tensor> UseMatrixProducts(
        Func<Tensor, Tensor?> transposed,
        Func<Tensor, Tensor?>? dequantized = null,
        Func<Tensor, bool>? taken = null
    )
    {
        var nodes = new List<Tensor>();
        var needless = taken is null ? [] : RankAddition.Install(this);
        for (int index = 0, count = Count; index < count; index++)
        {
            var node = this[index];
            if (needless.Contains(node))
            {
                continue;
            }

            var isFree = taken?.Invoke(node) != true;
            if (isFree && node.Pointer->op == GgmlOp.MulMat && dequantized?.Invoke(new Tensor((GgmlTensor*)node.Pointer->src[0])) is { } rows)
            {
                node.Pointer->src[0] = (nint)rows.Pointer;
            }
            else if (isFree && node.Pointer->op == GgmlOp.OutProd)
            {
                Tensor a = new((GgmlTensor*)node.Pointer->src[0]),
                    b = new((GgmlTensor*)node.Pointer->src[1]);
                var left = transposed(a) ?? Turned(a);
                var right = Turned(b);
                if (left[0] != right[0] || left[1] != node[0] || right[1] != node[1])
                {
                    throw new GgmlException($"{a} and {b} cannot be multiplied the other way round");
                }

                node.Pointer->op = GgmlOp.MulMat;
                node.Pointer->src[0] = (nint)left.Pointer;
                node.Pointer->src[1] = (nint)right.Pointer;
            }

            // A copy in another layout is created on demand: multiplications that handle the original layout need none.
            if (node.Pointer->op != GgmlOp.Contiguous)
            {
                nodes.Add(node);
            }
        }

        return nodes;
    }

    private Tensor Turned(Tensor a)
    {
        const int Transpose = 39;
        var source = new Tensor((GgmlTensor*)a.Pointer->src[0]);
        return a.Pointer->op == Transpose && source.IsContiguous ? source : _context.Contiguous(_context.Transpose(a));
    }
}
