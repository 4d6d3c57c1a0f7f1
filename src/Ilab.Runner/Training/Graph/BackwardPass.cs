using Ilab.Native.Llama.Ggml;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Inference;

namespace Ilab.Runner.Training.Graph;

/// <summary>The backward pass of a graph, in the form that is computed fastest.</summary>
internal static class BackwardPass
{
    /// <param name="context">Has room for all of it.</param>
    /// <param name="nodes">Room for nodes.</param>
    /// <param name="output">Where the gradient begins.</param>
    /// <param name="accumulators">What each gradient is added to; for the output, its gradient.</param>
    /// <param name="connect">Called when ggml has seen all it should see of the output's gradient; makes the node that computes it.</param>
    /// <param name="io">Keeps what the accelerator needs as long as the graph.</param>
    public static GgmlGraph Build(
        GgmlContext context,
        int nodes,
        TrainingModel model,
        BatchIo io,
        Tensor output,
        Dictionary<Tensor, Tensor> accumulators,
        Func<Tensor>? connect = null
    )
    {
        var forward = new GgmlGraph(context, nodes, gradients: true);
        forward.Add(output.AsLoss());
        forward.AddBackward(accumulators);
        var gradient = connect?.Invoke();
        return forward.WithOwnProducts(context, nodes, model, io, gradient);
    }

    /// <summary>The graph with its products as they are computed best: by the accelerator, where there is one, and with weights as exact as their
    /// file.</summary>
    /// <param name="first">Computed before the others, with what leads to it: they may read what it writes, which does not show in the graph.</param>
    public static GgmlGraph WithOwnProducts(this GgmlGraph graph, GgmlContext context, int nodes, TrainingModel model, BatchIo io, Tensor? first = null)
    {
        Func<Tensor, bool>? taken = model.Backend.CallsFunctions ? node => model.Take(node, io.Plans) : null;
        var computed = graph.UseMatrixProducts(tensor => Transposed(context, tensor, model.Weights), tensor => Exact(context, tensor, model.Weights), taken);
        var own = new GgmlGraph(context, nodes);
        if (first is { } gradient)
        {
            own.Add(gradient);
        }

        foreach (var node in computed)
        {
            own.Add(node);
        }

        return own;
    }

    /// <exception cref="RunnerException">UNSUPPORTED: the backend has no operation for a node.</exception>
    public static void Require(this GgmlBackend backend, GgmlGraph graph)
    {
        if (backend.Unsupported(graph) is { } node)
        {
            throw new RunnerException(RunnerErrors.Unsupported, $"{backend.Name} cannot compute {node}");
        }
    }

    /// <summary>
    /// A product with a weight in super-blocks (K-quants and the like) rounds the other side to 256 numbers with one scale: gradients of single tensors are 3 %
    /// and more
    /// off then. With F32 rows there is nothing to round. Other types have a scale for 32 numbers at most.
    /// </summary>
    private static Tensor? Exact(GgmlContext context, Tensor weight, BaseWeights weights) =>
        weights.Contains(weight) && weight.IsInSuperBlocks ? context.GetRows(weight, weights.AllRows(weight)) : null;

    /// <summary>A quantized weight is dequantized by taking all its rows; F32 is turned as it is.</summary>
    private static Tensor? Transposed(GgmlContext context, Tensor weight, BaseWeights weights) =>
        weight.IsFloat || !weights.Contains(weight) ? null : context.Contiguous(context.Transpose(context.GetRows(weight, weights.AllRows(weight))));
}
