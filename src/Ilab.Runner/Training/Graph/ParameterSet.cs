using Ilab.Native.Llama.Ggml;

namespace Ilab.Runner.Training.Graph;

/// <summary>The trained parameters: value, accumulated gradient, and optimizer moments of each.</summary>
internal sealed class ParameterSet : IDisposable
{
    private const int TensorsEach = 4;
    private readonly GgmlContext _context;
    private readonly List<Parameter> _parameters = [];
    private GgmlBuffer? _buffer;

    /// <param name="most">Maximum number of parameters.</param>
    public ParameterSet(int most) => _context = new GgmlContext((most + 1) * TensorsEach);

    public IReadOnlyList<Parameter> All => _parameters;

    public long Elements => _parameters.Sum(static parameter => parameter.Value.Elements);

    /// <summary>Size in bytes, without values that are base weights.</summary>
    public long Size => _buffer?.Size ?? 0;

    /// <summary>Adds a new parameter.</summary>
    public Tensor Add(string name, params ReadOnlySpan<long> lengths)
    {
        var value = _context.New(TensorTypes.F32, lengths);
        value.SetName(name);
        Add(value);
        return value;
    }

    /// <summary>Adds a base weight to be trained in place; F32.</summary>
    public void Add(Tensor value)
    {
        value.AsParameter();
        _parameters.Add(new Parameter(value.Name, value, _context.NewLike(value), _context.NewLike(value), _context.NewLike(value)));
    }

    /// <summary>Allocates the tensors, initialized with zeros, once all are added.</summary>
    public void Allocate(GgmlBackend backend) => _buffer = backend.Allocate(_context);

    public void ClearGradients() => _parameters.ForEach(static parameter => parameter.Gradient.Clear());

    public void Dispose()
    {
        _buffer?.Dispose();
        _context.Dispose();
    }
}

/// <summary>A trained tensor.</summary>
internal sealed record Parameter(string Name, Tensor Value, Tensor Gradient, Tensor M, Tensor V);
