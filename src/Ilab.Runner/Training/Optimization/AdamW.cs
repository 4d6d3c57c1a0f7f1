using System.Numerics;
using Ilab.Native.Llama.Ggml;
using Ilab.Runner.Training.Graph;

namespace Ilab.Runner.Training.Optimization;

/// <summary>AdamW with clipping by the norm of all gradients, as a graph of its own. Vectors (norms, biases) do not decay.</summary>
internal sealed class AdamW : IDisposable
{
    private readonly GgmlContext _inputs = new(8);
    private readonly GgmlContext _context;
    private readonly GgmlBuffer _buffer;
    private readonly GgmlGraphMemory _memory;
    private readonly GgmlGraph _graph;
    private readonly Tensor _clip, _decaying, _steady;
    private readonly TrainingModel _model;
    private readonly TrainingSpec _spec;
    private readonly (Tensor Gradient, int Start, int Length)[] _pieces;

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
            _graph.Add(_context.AdamW(new TrainedTensor(value, gradient, m, v), value.Rows > 1 ? _decaying : _steady, _clip, isOwn: true));
        }

        _pieces = [.. parameters.SelectMany(static parameter => Pieces(parameter.Gradient))];

        _buffer = model.Backend.Allocate(_inputs);
        _memory = new GgmlGraphMemory(model.Backend);
        _memory.Allocate(_graph);
    }

    /// <summary>Bytes beside what the parameters have.</summary>
    public long Size => _memory.Size;

    /// <summary>Moves the parameters along the accumulated gradients.</summary>
    /// <param name="step">0 for the first.</param>
    /// <returns>The norm of the gradients before it was clipped; not finite = nothing was changed.</returns>
    public double Step(int step, float learningRate)
    {
        var norm = Norm();
        if (!double.IsFinite(norm))
        {
            return norm;
        }

        Span<float> numbers =
        [
            learningRate, _spec.Beta1, _spec.Beta2, _spec.Epsilon, _spec.WeightDecay,
            (float)(1 / (1 - Math.Pow(_spec.Beta1, step + 1))), (float)(1 / (1 - Math.Pow(_spec.Beta2, step + 1))),
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
        _memory.Dispose();
        _buffer.Dispose();
        _context.Dispose();
        _inputs.Dispose();
    }

    /// <summary>In pieces: a float has too few digits for the sum of millions.</summary>
    private static double SumOfSquares(ReadOnlySpan<float> values)
    {
        const int Vectors = 256;
        var sum = 0.0;
        while (values.Length >= Vector<float>.Count)
        {
            var piece = Vector<float>.Zero;
            for (var count = 0; count < Vectors && values.Length >= Vector<float>.Count; count++)
            {
                var next = new Vector<float>(values);
                piece += next * next;
                values = values[Vector<float>.Count..];
            }

            sum += Vector.Sum(piece);
        }

        foreach (var value in values)
        {
            sum += (double)value * value;
        }

        return sum;
    }

    private static IEnumerable<(Tensor Gradient, int Start, int Length)> Pieces(Tensor gradient)
    {
        const int Most = 1 << 18;
        for (var start = 0; start < gradient.Elements; start += Most)
        {
            yield return (gradient, start, (int)Math.Min(Most, gradient.Elements - start));
        }
    }

    /// <summary>Piece by piece, so that it is the same on any number of threads.</summary>
    private double Norm()
    {
        var squares = new double[_pieces.Length];
        Parallel.For(0, _pieces.Length, new ParallelOptions { MaxDegreeOfParallelism = _model.Backend.Threads }, index =>
        {
            var (gradient, start, length) = _pieces[index];
            squares[index] = SumOfSquares(gradient.AsSpan().Slice(start, length));
        });
        return Math.Sqrt(squares.Sum());
    }
}
