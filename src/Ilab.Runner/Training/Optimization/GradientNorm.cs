using System.Numerics;
using Ilab.Native.Llama.Ggml;
using Ilab.Runner.Training.Graph;

namespace Ilab.Runner.Training.Optimization;

/// <summary>
/// The global norm of all gradients: summed in place, in fixed chunks, so that the result is the same for any number of threads; or computed on the device that
/// holds them.
/// </summary>
internal sealed class GradientNorm : IDisposable
{
    private const int MostOfAPiece = 1 << 18;
    private readonly GgmlBackend _backend;
    private readonly (Tensor Gradient, int Start, int Length)[] _pieces = [];
    private readonly GgmlContext? _context;
    private readonly GgmlGraphMemory? _memory;
    private readonly GgmlGraph? _graph;
    private readonly Tensor[] _sums = [];

    public GradientNorm(GgmlBackend backend, IReadOnlyList<Parameter> parameters)
    {
        _backend = backend;
        if (backend.CallsFunctions)
        {
            _pieces = [.. parameters.SelectMany(static parameter => Pieces(parameter.Gradient))];
            return;
        }

        var nodes = (parameters.Count * 4) + 16;
        _context = new GgmlContext(nodes, nodes);
        _graph = new GgmlGraph(_context, nodes);
        _sums = [.. parameters.Select(parameter => _context.Sum(_context.Multiply(parameter.Gradient, parameter.Gradient)).AsOutput())];
        Array.ForEach(_sums, _graph.Add);
        _memory = new GgmlGraphMemory(backend);
        _memory.Allocate(_graph);
    }

    /// <summary>Bytes on the backend.</summary>
    public long Size => _memory?.Size ?? 0;

    public double Compute()
    {
        if (_graph is not null)
        {
            _backend.Compute(_graph);
            return Math.Sqrt(_sums.Sum(static sum => (double)sum.ToArray()[0]));
        }

        var squares = new double[_pieces.Length];
        Parallel.For(
            0,
            _pieces.Length,
            new ParallelOptions { MaxDegreeOfParallelism = _backend.Threads },
            index =>
            {
                var (gradient, start, length) = _pieces[index];
                squares[index] = SumOfSquares(gradient.AsSpan().Slice(start, length));
            }
        );
        return Math.Sqrt(squares.Sum());
    }

    public void Dispose()
    {
        _memory?.Dispose();
        _context?.Dispose();
    }

    private static IEnumerable<(Tensor Gradient, int Start, int Length)> Pieces(Tensor gradient)
    {
        for (var start = 0; start < gradient.Elements; start += MostOfAPiece)
        {
            yield return (gradient, start, (int)Math.Min(MostOfAPiece, gradient.Elements - start));
        }
    }

    /// <summary>Summed in small chunks: a float is too imprecise for the sum of millions of numbers.</summary>
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
}
