using Ilab.Native.Llama.Ggml;
using Ilab.Native.OneDnn.Training;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Training.Data;

namespace Ilab.Runner.Training.Graph;

/// <summary>Inputs and outputs of the graphs of a batch: tokens, targets, weights, and losses.</summary>
internal sealed class BatchIo : IDisposable
{
    private const int MostTensors = 1024;
    private readonly Dropout? _dropout;
    private readonly GgmlContext _context = new(MostTensors);
    private readonly float[] _weights;
    private GgmlBuffer? _buffer;

    /// <param name="graph">The graph that computes the loss and generates dropout masks.</param>
    public BatchIo(GgmlContext graph, TrainingModel model, BatchShape shape, bool forwardOnly = false)
    {
        Shape = shape;
        Inputs = new GraphInputs(_context, shape, model.Decoder);
        var isOwn = model.Backend.CallsFunctions;
        Loss = isOwn
            ? new CrossEntropy(graph, _context, model.Weights.Vocabulary, shape.Rows)
            : new PortableCrossEntropy(graph, _context, model.Weights.Vocabulary, shape.Rows);
        _dropout = forwardOnly || model.Adapters is not { Options.Dropout: > 0 } adapters ? null : new Dropout(_context, adapters.Options.Dropout, isOwn);
        _weights = new float[shape.Rows];
    }

    public BatchShape Shape { get; }

    public GraphInputs Inputs { get; }

    public ITokenLoss Loss { get; }

    public Dropout? Dropout => _dropout;

    /// <summary>The accelerator's plans for these graphs.</summary>
    public ProductPlans Plans { get; } = new();

    /// <summary>Size in bytes, including memory outside of the graphs.</summary>
    public long Size => (_buffer?.Size ?? 0) + Inputs.Copies;

    /// <summary>Creates a tensor that keeps its contents between graphs.</summary>
    public Tensor New(params ReadOnlySpan<long> lengths) => _context.New(TensorTypes.F32, lengths);

    public void Allocate(GgmlBackend backend) => _buffer = backend.Allocate(_context);

    public void Write(TrainingBatch batch, float weight, (int Epoch, int Batch) draw)
    {
        _dropout?.Write(draw.Epoch, draw.Batch);
        Inputs.Write(batch);
        _weights.AsSpan().Clear();
        _weights.AsSpan(0, batch.Learned).Fill(weight);
        Loss.Write(batch.Targets, _weights);
    }

    /// <returns>The sum of -log p over the rows with a loss.</returns>
    public double ReadLoss(TrainingBatch batch)
    {
        if (Plans.Failed is var status and not 0)
        {
            throw new Inference.RunnerException(RunnerErrors.Internal, $"oneDNN failed with status {status}: switch the accelerator off");
        }

        var sum = 0.0;
        foreach (var loss in Loss.Losses().AsSpan(0, batch.Learned))
        {
            sum += loss;
        }

        return sum;
    }

    public void Dispose()
    {
        Plans.Dispose();
        _buffer?.Dispose();
        _context.Dispose();
    }
}
