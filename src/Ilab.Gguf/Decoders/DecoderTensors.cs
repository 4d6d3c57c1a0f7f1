namespace Ilab.Gguf.Decoders;

/// <summary>The tensors of a model by name, and which of them a computation has used.</summary>
internal sealed class DecoderTensors(IEnumerable<GgufTensor> tensors)
{
    private readonly Dictionary<string, GgufTensor> _tensors = ByName(tensors);
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);

    /// <summary>Names of tensors that nothing has asked for.</summary>
    public IEnumerable<string> Unused => _tensors.Keys.Where(name => !_used.Contains(name)).Order(StringComparer.Ordinal);

    /// <summary>A tensor with its whole name; null = it is not there. The computation uses it from here on.</summary>
    public GgufTensor? Use(string name)
    {
        _used.Add(name);
        return _tensors.GetValueOrDefault(name);
    }

    /// <summary>Whether there is a matrix or norm of that name (without <c>.weight</c>); the computation uses it, and its bias, from here on.</summary>
    public GgufTensor? Weight(string name)
    {
        var weight = Use(name + ".weight");
        if (weight is not null)
        {
            Use(name + ".bias");
        }

        return weight;
    }

    /// <exception cref="UntrainableException">It is not there, or has not two dimensions.</exception>
    public GgufTensor Matrix(string name) =>
        Weight(name) is { } weight
            ? weight.Shape.Count == 2
                ? weight
                : throw new UntrainableException($"{name}.weight is no matrix", true)
            : throw new UntrainableException($"{name}.weight is missing", true);

    private static Dictionary<string, GgufTensor> ByName(IEnumerable<GgufTensor> tensors)
    {
        var byName = new Dictionary<string, GgufTensor>(StringComparer.Ordinal);
        foreach (var tensor in tensors)
        {
            if (!byName.TryAdd(tensor.Name, tensor))
            {
                throw new UntrainableException($"two of its parts have a tensor {tensor.Name}", true);
            }
        }

        return byName;
    }
}
