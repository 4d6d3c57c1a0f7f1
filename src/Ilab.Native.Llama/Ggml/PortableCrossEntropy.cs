namespace Ilab.Native.Llama.Ggml;

/// <summary>
/// <see cref="CrossEntropy"/> using only ggml's own operations, for backends that cannot call functions of this process. The probabilities are viewed as one
/// flat row: the target's entry is read for the loss, and reduced by the weight for the gradient.
/// </summary>
public sealed class PortableCrossEntropy : ITokenLoss
{
    /// <summary>The smallest positive float: a loss of 103.</summary>
    private const float LeastProbability = float.Epsilon;
    private readonly GgmlContext _context;
    private readonly Tensor _places,
        _weights,
        _probabilities;
    private readonly int[] _filled;

    /// <param name="context">Receives the nodes.</param>
    /// <param name="inputs">Holds inputs and outputs.</param>
    /// <param name="vocabulary">Vocabulary size: logits per row.</param>
    /// <param name="rows">Number of rows of logits.</param>
    /// <exception cref="GgmlException">There are more logits than an index can address.</exception>
    public PortableCrossEntropy(GgmlContext context, GgmlContext inputs, long vocabulary, long rows)
    {
        if (vocabulary * rows > int.MaxValue)
        {
            throw new GgmlException($"{rows} rows of {vocabulary} logits are too many at once: use smaller batches");
        }

        _context = context;
        _filled = new int[rows];
        _places = inputs.New(TensorTypes.I32, rows);
        _weights = inputs.New(TensorTypes.F32, 1, rows);
        _probabilities = inputs.New(TensorTypes.F32, 1, rows);
        Gradient = inputs.New(TensorTypes.F32, vocabulary, rows);
    }

    public Tensor Gradient { get; }

    public Tensor Connect(Tensor logits)
    {
        if (!logits.HasShapeOf(Gradient))
        {
            throw new GgmlException($"{logits} are not the logits of {Gradient}");
        }

        var all = _context.SoftMax(logits);
        var own = _context.Copy(_context.GetRows(_context.Reshape(all, 1, all.Elements), _places), _probabilities);
        var lowered = _context.Add(_context.Multiply(own, _weights), _context.Scale(_weights, -1));
        var gradient = _context.SetRows(_context.Reshape(_context.Multiply(all, _weights), 1, all.Elements), lowered, _places);
        return _context.Copy(gradient, Gradient);
    }

    public void Write(ReadOnlySpan<int> targets, ReadOnlySpan<float> weights)
    {
        for (var row = 0; row < _filled.Length; row++)
        {
            var target = weights[row] == 0 ? 0 : targets[row];
            ArgumentOutOfRangeException.ThrowIfNegative(target);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(target, Gradient.Columns);
            _filled[row] = (int)((row * Gradient.Columns) + target);
        }

        _places.Write<int>(_filled);
        _weights.Write(weights);
    }

    public float[] Losses() => Array.ConvertAll(_probabilities.ToArray(), static probability => -MathF.Log(MathF.Max(probability, LeastProbability)));
}
