using Ilab.Native.Llama.Ggml;
using Ilab.Runner.Training.Data;

namespace Ilab.Runner.Training.Graph;

/// <summary>Forward, loss and backward for batches of one shape.</summary>
internal sealed class TrainingGraph : IDisposable
{
    private const int NodesPerLayer = 640, OtherNodes = 1024;

    private readonly GgmlContext _inputContext = new(16);
    private readonly GgmlContext _context;
    private readonly GgmlBuffer _inputBuffer;
    private readonly GgmlGraph _graph;
    private readonly GraphInputs _inputs;
    private readonly CrossEntropy _loss;
    private readonly Dropout? _dropout;
    private readonly GgmlBackend _backend;
    private readonly Tensor _logits;

    public TrainingGraph(TrainingModel model, BatchShape shape, GgmlGraphMemory memory, bool forwardOnly = false)
    {
        _backend = model.Backend;
        Shape = shape;
        var nodes = (model.Shape.Layers * NodesPerLayer) + OtherNodes + (model.Parameters.All.Count * 16);
        _context = new GgmlContext(nodes * 2, nodes);
        _dropout = forwardOnly || model.Adapters is not { Options.Dropout: > 0 } adapters ? null : new Dropout(_context, _inputContext, adapters.Options.Dropout);
        _inputs = new GraphInputs(_inputContext, shape, model.Shape.Group);
        _loss = new CrossEntropy(_context, _inputContext, model.Weights.Vocabulary, shape.Rows);
        _logits = new LlamaGraph(_context, model, _inputs, _dropout).Logits().AsOutput();
        _graph = forwardOnly ? Forward(nodes) : Backward(nodes, model);
        if (_backend.Unsupported(_graph) is { } node)
        {
            throw new Inference.RunnerException("UNSUPPORTED", $"{_backend.Name} cannot compute {node}");
        }

        _inputBuffer = _backend.Allocate(_inputContext);
        memory.Allocate(_graph);
    }

    public BatchShape Shape { get; }

    /// <summary>Computes the loss and, unless this is forward only, adds to the gradients.</summary>
    /// <param name="weight">What each learned row's gradient is multiplied by.</param>
    /// <param name="draw">What dropout is drawn from: the same numbers, the same masks.</param>
    /// <returns>The sum of -log p over the learned rows.</returns>
    public double Compute(TrainingBatch batch, float weight, (int Epoch, int Batch) draw = default)
    {
        _dropout?.Seed.Write<int>([draw.Epoch, draw.Batch]);
        _inputs.Write(batch);
        var weights = new float[Shape.Rows];
        weights.AsSpan(0, batch.Learned).Fill(weight);
        _loss.Targets.Write<int>(batch.Targets);
        _loss.Weights.Write<float>(weights);
        _backend.Compute(_graph);
        var sum = 0.0;
        foreach (var loss in _loss.Losses.ToArray().AsSpan(0, batch.Learned))
        {
            sum += loss;
        }

        return sum;
    }

    /// <summary>[rows * vocabulary] of the last batch.</summary>
    public float[] Logits() => _logits.ToArray();

    public void Dispose()
    {
        _inputBuffer.Dispose();
        _context.Dispose();
        _inputContext.Dispose();
    }

    private GgmlGraph Forward(int nodes)
    {
        var graph = new GgmlGraph(_context, nodes);
        _loss.Connect(_logits);
        graph.Add(_logits);
        graph.Add(_loss.Gradient);
        return graph;
    }

    private GgmlGraph Backward(int nodes, TrainingModel model)
    {
        var forward = new GgmlGraph(_context, nodes, gradients: true);
        forward.Add(_logits.AsLoss());
        var accumulators = model.Parameters.All.ToDictionary(static parameter => parameter.Value, static parameter => parameter.Gradient);
        accumulators[_logits] = _loss.Gradient;
        forward.AddBackward(accumulators);
        _loss.Connect(_logits);
        var graph = new GgmlGraph(_context, nodes);
        forward.CopyWithMatrixProducts(graph, tensor => Transposed(tensor, model.Weights));
        return graph;
    }

    /// <summary>A quantized weight is dequantized by taking all its rows; F32 is turned as it is.</summary>
    private Tensor? Transposed(Tensor weight, BaseWeights weights) =>
        weight.IsFloat || !weights.Contains(weight) ? null : _context.Contiguous(_context.Transpose(_context.GetRows(weight, weights.AllRows(weight))));
}
