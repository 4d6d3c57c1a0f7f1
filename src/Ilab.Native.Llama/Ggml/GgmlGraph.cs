using Ilab.Native.Llama.Ggml.Kernels;
using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama.Ggml;

/// <summary>Nodes in the order in which they are computed. Lives in its context.</summary>
public sealed unsafe class GgmlGraph
{
    private readonly GgmlContext _context;
    private readonly int _capacity;

    /// <param name="context">Has room for its nodes.</param>
    /// <param name="capacity">Nodes and leaves there is room for.</param>
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

    /// <summary>Adds a tensor with everything that it is computed from.</summary>
    public void Add(Tensor tensor)
    {
        if (Count >= _capacity - 1)
        {
            throw new GgmlException($"the graph has no room for more than {_capacity} nodes");
        }

        GgmlApi.ggml_build_forward_expand(Pointer, tensor.Pointer);
    }

    /// <summary>Adds the nodes that compute gradients, from the loss back to the parameters.</summary>
    /// <param name="accumulators">What each gradient is added to; for the loss, the gradient to begin with.</param>
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
    /// Makes each outer product of the backward pass a matrix product, which ggml computes many times faster and for every type. The nodes are changed where
    /// they are.
    /// </summary>
    /// <param name="transposed">What a frozen weight looks like transposed, as F32; null = turn it within the graph.</param>
    /// <param name="dequantized">What a frozen weight looks like as F32 where products of the forward pass need that; null = they take it as it is.</param>
    /// <param name="taken">Whether something else computes a node, which stays as it is then; null = nothing but ggml computes anything.</param>
    /// <returns>The nodes of a graph that computes the same.</returns>
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

            // A copy in another order is made when something is met that needs it: products that see through it do not.
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
