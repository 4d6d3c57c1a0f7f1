using Ilab.Native.Llama.Ggml;
using Ilab.Native.Llama.Ggml.Kernels;
using Ilab.Runner.Training.Data;

namespace Ilab.Runner.Training.Graph;

/// <summary>
/// Gradient checkpointing: keeps only the input of each layer, and recomputes the layer for its gradient. The same gradients in a fraction of the memory, for
/// about a third more time. One graph for the forward pass, then one per layer for the backward pass, all in the same memory.
/// </summary>
internal sealed class CheckpointedGraph : IBatchGraph
{
    private const int Nodes = 2048,
        NodesOfALayer = 256;

    private readonly TrainingModel _model;
    private readonly List<GgmlContext> _contexts = [];
    private readonly BatchIo _io;
    private readonly Tensor[] _inputs;
    private readonly Tensor[] _gradients;
    private readonly GgmlGraph _forward;
    private readonly List<(GgmlGraph Graph, Tensor? Cleared)> _backward = [];

    public CheckpointedGraph(TrainingModel model, BatchShape shape, GgmlGraphMemory memory)
    {
        _model = model;
        var head = Context(Nodes + (model.Parameters.All.Count * 8));
        _io = new BatchIo(head, model, shape);
        long width = model.Decoder.Width,
            tokens = (long)shape.Length * shape.Sequences;
        _inputs = [.. Enumerable.Range(0, model.Decoder.Layers.Count + 1).Select(_ => _io.New(width, tokens).AsParameter())];
        _gradients = [_io.New(width, tokens), _io.New(width, tokens)];
        _forward = Forward();
        Head(head);
        for (var layer = model.Decoder.Layers.Count - 1; layer >= 0; layer--)
        {
            Layer(layer);
        }

        Embedding();
        GgmlGraph[] all = [_forward, .. _backward.Select(static part => part.Graph)];
        Array.ForEach(all, model.Backend.Require);
        _io.Allocate(model.Backend);
        memory.Allocate(all.AsSpan());
        Array.ForEach(model.Backend.CallsFunctions ? all : [], static graph => RowKernels.Install(graph));
    }

    public BatchShape Shape => _io.Shape;

    public long Size => _io.Size;

    public double Compute(TrainingBatch batch, float weight, (int Epoch, int Batch) draw = default)
    {
        _io.Write(batch, weight, draw);
        _model.Backend.Compute(_forward);
        foreach (var (graph, cleared) in _backward)
        {
            cleared?.Clear();
            _model.Backend.Compute(graph);
        }

        return _io.ReadLoss(batch);
    }

    public void Dispose()
    {
        _io.Dispose();
        _contexts.ForEach(static context => context.Dispose());
    }

    private GgmlContext Context(int nodes)
    {
        var context = new GgmlContext(nodes * 2, nodes);
        _contexts.Add(context);
        return context;
    }

    private GgmlGraph Forward()
    {
        var nodes = Nodes + (_model.Decoder.Layers.Count * NodesOfALayer);
        var context = Context(nodes);
        var transformer = new DecoderGraph(context, _model, _io.Inputs, _io.Dropout);
        var graph = new GgmlGraph(context, nodes);
        var x = context.Copy(transformer.Embed(), _inputs[0]);
        for (var layer = 0; layer < _model.Decoder.Layers.Count; layer++)
        {
            x = context.Copy(transformer.Layer(layer, x), _inputs[layer + 1]);
        }

        graph.Add(x);
        return graph.WithOwnProducts(context, nodes, _model, _io);
    }

    private void Head(GgmlContext context)
    {
        var input = _inputs[^1];
        var logits = new DecoderGraph(context, _model, _io.Inputs).Head(input).AsOutput();
        var accumulators = Parameters(name =>
            name.StartsWith("output", StringComparison.Ordinal) || (name == "token_embd.weight" && _model.Weights.Find("output.weight") is null)
        );
        accumulators[logits] = _io.Loss.Gradient;
        accumulators[input] = Gradient(_model.Decoder.Layers.Count);
        var graph = BackwardPass.Build(context, Nodes + (_model.Parameters.All.Count * 8), _model, _io, logits, accumulators, () => _io.Loss.Connect(logits));
        _backward.Add((graph, Gradient(_model.Decoder.Layers.Count)));
    }

    private void Layer(int layer)
    {
        var context = Context(Nodes);
        var output = new DecoderGraph(context, _model, _io.Inputs, _io.Dropout).Layer(layer, _inputs[layer]);
        var accumulators = Parameters(name => name.StartsWith($"blk.{layer}.", StringComparison.Ordinal));
        accumulators[output] = Gradient(layer + 1);
        accumulators[_inputs[layer]] = Gradient(layer);
        _backward.Add((BackwardPass.Build(context, Nodes, _model, _io, output, accumulators), Gradient(layer)));
    }

    private void Embedding()
    {
        var accumulators = Parameters(static name => name is "token_embd.weight" or "position_embd.weight");
        if (accumulators.Count == 0)
        {
            return;
        }

        var context = Context(Nodes);
        var output = new DecoderGraph(context, _model, _io.Inputs).Embed();
        accumulators[output] = Gradient(0);
        _backward.Add((BackwardPass.Build(context, Nodes, _model, _io, output, accumulators), null));
    }

    private Tensor Gradient(int layer) => _gradients[layer % _gradients.Length];

    private Dictionary<Tensor, Tensor> Parameters(Func<string, bool> wanted) =>
        _model
            .Parameters.All.Where(parameter => wanted(parameter.Name))
            .ToDictionary(static parameter => parameter.Value, static parameter => parameter.Gradient);
}
