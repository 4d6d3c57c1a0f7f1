using Ilab.Native.Llama.Ggml;
using Ilab.Runner.Contract.Training;
using Ilab.Runner.Training.Graph;

namespace Ilab.Runner.Training.Optimization;

/// <summary>AdamW with gradient clipping by global norm, as a graph of its own. No weight decay for vectors (norms, biases).</summary>
internal sealed class AdamW : IDisposable
{
    private readonly GgmlContext _inputs = new(8);
    private readonly GgmlContext _context;
    private readonly GgmlBuffer _buffer;
    private readonly GgmlGraphMemory _memory;
    private readonly GgmlGraph _graph;
    private readonly Tensor _clip,
        _decaying,
        _steady;
    private readonly TrainingModel _model;
    private readonly TrainingSpec _spec;
    private readonly GradientNorm _norm;

    public AdamW(TrainingModel model, TrainingSpec spec)
    {
        const int NumbersOfAStep = 7;
        (_model, _spec) = (model, spec);
        var parameters = model.Parameters.All;
        var nodes = (parameters.Count * 8) + 64;
        _context = new GgmlContext(nodes, nodes);
        _clip = _inputs.New(TensorTypes.F32, 1);
        _decaying = _inputs.New(TensorTypes.F32, NumbersOfAStep);
        _steady = _inputs.New(TensorTypes.F32, NumbersOfAStep);
        _graph = new GgmlGraph(_context, nodes);
        foreach (var (_, value, gradient, m, v) in parameters)
        {
            _graph.Add(_context.AdamW(new TrainedTensor(value, gradient, m, v), value.Rows > 1 ? _decaying : _steady, _clip, model.Backend.CallsFunctions));
        }

        _norm = new GradientNorm(model.Backend, parameters);

        _buffer = model.Backend.Allocate(_inputs);
        _memory = new GgmlGraphMemory(model.Backend);
        _memory.Allocate(_graph);
    }

    /// <summary>Bytes in addition to the parameters.</summary>
    public long Size => _memory.Size + _norm.Size;

    /// <summary>Updates the parameters from the accumulated gradients.</summary>
    /// <param name="step">Zero-based.</param>
    /// <returns>The gradient norm before clipping; not finite = nothing was updated.</returns>
    public double Step(int step, float learningRate)
    {
        var norm = _norm.Compute();
        if (!double.IsFinite(norm))
        {
            return norm;
        }

        Span<float> numbers =
        [
            learningRate,
            _spec.Beta1,
            _spec.Beta2,
            _spec.Epsilon,
            _spec.WeightDecay,
            (float)(1 / (1 - Math.Pow(_spec.Beta1, step + 1))),
            (float)(1 / (1 - Math.Pow(_spec.Beta2, step + 1))),
        ];
        _clip.Write<float>([_spec.Clip > 0 && norm > _spec.Clip ? (float)(_spec.Clip / norm) : 1]);
        _decaying.Write<float>(numbers);
        numbers[4] = 0;
        _steady.Write<float>(numbers);
        _model.Backend.Compute(_graph);
        return norm;
    }

    public void Dispose()
    {
        _norm.Dispose();
        _memory.Dispose();
        _buffer.Dispose();
        _context.Dispose();
        _inputs.Dispose();
    }
}
