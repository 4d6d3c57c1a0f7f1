using Ilab.Native.Llama.Ggml;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Inference;

namespace Ilab.Runner.Training.Graph;

/// <summary>Builds the backward pass of a graph, in the form that computes fastest.</summary>
internal static class BackwardPass
{
    /// <param name="context">Must have room for all nodes.</param>
    /// <param name="nodes">Maximum number of nodes.</param>
    /// <param name="output">The tensor to differentiate.</param>
    /// <param name="accumulators">Accumulators of the gradients; for the output, its gradient.</param>
    /// <param name="connect">Called when ggml has processed the output's gradient; creates the node that computes it.</param>
    /// <param name="io">Keeps what the accelerator needs for the lifetime of the graph.</param>
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

    /// <summary>Replaces the matrix multiplications of a graph: by the accelerator, if there is one, and with weights at the precision of their file.</summary>
    /// <param name="first">Computed before the others, with its inputs: they may read what it writes, a dependency that is not part of the graph.</param>
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
    /// Multiplying by a weight in super-blocks (such as K-quants) rounds the other operand to blocks of 256 numbers with one scale, which makes gradients of
    /// individual tensors 3 % or more inexact. With F32 rows, nothing is rounded. Other types have a scale for at most 32 numbers.
    /// </summary>
    private static Tensor? Exact(GgmlContext context, Tensor weight, BaseWeights weights) =>
        weights.Contains(weight) && weight.IsInSuperBlocks ? context.GetRows(weight, weights.AllRows(weight)) : null;

    /// <summary>A quantized weight is dequantized by getting all its rows; F32 is transposed directly.</summary>
    private static Tensor? Transposed(GgmlContext context, Tensor weight, BaseWeights weights) =>
        weight.IsFloat || !weights.Contains(weight) ? null : context.Contiguous(context.Transpose(context.GetRows(weight, weights.AllRows(weight))));
}
