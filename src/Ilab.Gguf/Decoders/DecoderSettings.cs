namespace Ilab.Gguf.Decoders;

/// <summary>Settings of a GGUF below its architecture's name, also those that have a value for each layer.</summary>
/// <param name="file">The header of the first part.</param>
/// <param name="open">Opens the same file, for arrays.</param>
internal sealed class DecoderSettings(GgufFile file, Func<Stream> open)
{
    private readonly Dictionary<string, double[]?> _arrays = new(StringComparer.Ordinal);

    public string Architecture { get; } = file.GetString("general.architecture") ?? throw new UntrainableException("general.architecture is missing", true);

    public int? Whole(string key, int layer = 0) =>
        Number(key, layer) is { } value and >= 0 and <= int.MaxValue && value == Math.Floor(value) ? (int)value : null;

    /// <exception cref="UntrainableException">It is not there, or not above zero.</exception>
    public int Required(string key, int layer = 0) =>
        Whole(key, layer) is { } value and > 0 ? value : throw new UntrainableException($"{Architecture}.{key} is missing", true);

    /// <summary>A number or a flag (0 or 1); of a list, the layer's. Null = not there, or not finite.</summary>
    public double? Number(string key, int layer = 0)
    {
        var value = file.Metadata.GetValueOrDefault(KeyOf(key))?.Value;
        double? number = value switch
        {
            GgufArray => Numbers(key) is { } all && layer < all.Length ? all[layer] : null,
            bool flag => flag ? 1d : 0,
            string or null => null,
            _ => Convert.ToDouble(value, System.Globalization.CultureInfo.InvariantCulture),
        };
        return number is { } finite && double.IsFinite(finite) ? finite : null;
    }

    public float Float(string key, double otherwise, int layer = 0) => (float)(Number(key, layer) ?? otherwise);

    public string? Text(string key) => file.GetString(KeyOf(key));

    public bool IsList(string key) => file.Metadata.GetValueOrDefault(KeyOf(key))?.Value is GgufArray;

    private string KeyOf(string key) => key[0] == '/' ? key[1..] : $"{Architecture}.{key}";

    private double[]? Numbers(string key)
    {
        if (!_arrays.TryGetValue(key, out var numbers))
        {
            using var stream = open();
            var (arrays, name) = (new GgufArrays(file, stream), KeyOf(key));
            numbers =
                arrays.Ints(name) is { } ints ? Array.ConvertAll(ints, static value => (double)value)
                : arrays.Flags(name) is { } flags ? Array.ConvertAll(flags, static value => value ? 1d : 0)
                : arrays.Floats(name) is { } floats ? Array.ConvertAll(floats, static value => (double)value)
                : null;
            _arrays[key] = numbers;
        }

        return numbers;
    }
}
