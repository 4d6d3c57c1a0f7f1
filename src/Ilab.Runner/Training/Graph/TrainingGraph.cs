using Ilab.Native.Llama.Ggml;
using Ilab.Native.Llama.Ggml.Kernels;
using Ilab.Runner.Training.Data;

namespace Ilab.Runner.Training.Graph;

/// <summary>Forward pass, loss and backward pass in one graph: all activations are kept until their gradients are computed.</summary>
internal sealed class TrainingGraph : IBatchGraph
{
    private const int NodesPerLayer = 640,
        OtherNodes = 1024;

    private readonly GgmlContext _context;
    private readonly GgmlGraph _graph;
    private readonly BatchIo _io;
    private readonly TrainingModel _model;
    private readonly GgmlBackend _backend;
    private readonly Tensor _logits;

    public TrainingGraph(TrainingModel model, BatchShape shape, GgmlGraphMemory memory, bool forwardOnly = false)
    {
        (_model, _backend) = (model, model.Backend);
        var nodes = (model.Decoder.Layers.Count * NodesPerLayer) + OtherNodes + (model.Parameters.All.Count * 16);
        _context = new GgmlContext(nodes * 2, nodes);
        _io = new BatchIo(_context, model, shape, forwardOnly);
        _logits = new DecoderGraph(_context, model, _io.Inputs, _io.Dropout).Logits().AsOutput();
        _graph = forwardOnly ? Forward(nodes) : Backward(nodes, model);
        _backend.Require(_graph);
        _io.Allocate(_backend);
        memory.Allocate(_graph);
        if (_backend.CallsFunctions)
        {
            RowKernels.Install(_graph);
        }
    }

    public BatchShape Shape => _io.Shape;

    /// <summary>Bytes in addition to the memory of the graph.</summary>
    public long Size => _io.Size;

    /// <summary>Number of matrix multiplications not done by ggml.</summary>
    public int Products => _io.Plans.Count;

    public double Compute(TrainingBatch batch, float weight, (int Epoch, int Batch) draw = default)
    {
        _io.Write(batch, weight, draw);
        _backend.Compute(_graph);
        return _io.ReadLoss(batch);
    }

    /// <summary>Logits [rows * vocabulary] of the last batch.</summary>
    public float[] Logits() => _logits.ToArray();

    public void Dispose()
    {
        _io.Dispose();
        _context.Dispose();
    }

    private GgmlGraph Forward(int nodes)
    {
        var graph = new GgmlGraph(_context, nodes);
        graph.Add(_logits);
        graph.Add(_io.Loss.Connect(_logits));
        return graph.WithOwnProducts(_context, nodes, _model, _io);
    }

    private GgmlGraph Backward(int nodes, TrainingModel model)
    {
        var accumulators = model.Parameters.All.ToDictionary(static parameter => parameter.Value, static parameter => parameter.Gradient);
        accumulators[_logits] = _io.Loss.Gradient;
        return BackwardPass.Build(_context, nodes, model, _io, _logits, accumulators, () => _io.Loss.Connect(_logits));
    }
}
