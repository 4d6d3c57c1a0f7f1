namespace Ilab.Gguf.Description;

/// <summary>A setting of a GGUF.</summary>
/// <param name="Key">Below the architecture's name; with a leading slash it is the whole key.</param>
/// <param name="Value">
/// <see cref="uint"/>, <see cref="int"/>, <see cref="float"/>, <see cref="bool"/>, <see cref="string"/> or an array of one of them; null = not written.
/// </param>
public sealed record MetadataRule(string Key, Func<ModelConfig, Measures, object?> Value)
{
    /// <summary>The key in a file of some architecture.</summary>
    public string KeyOf(string architecture) => Key[0] == '/' ? Key[1..] : $"{architecture}.{Key}";
}

/// <summary>Short ways to write rules.</summary>
public static class Setting
{
    /// <summary>A whole number: an expression of <see cref="Measures"/>, not written where it has no value.</summary>
    public static MetadataRule Whole(string key, string expression) =>
        new(
            key,
            (_, measures) => measures.Find(expression) is null or (>= 0 and <= uint.MaxValue) ? (uint?)measures.Find(expression) : (uint)measures.Of(expression)
        );

    /// <summary>A whole number that a model cannot do without.</summary>
    public static MetadataRule Length(string key, string expression) => new(key, (_, measures) => (uint)measures.Of(expression));

    /// <summary>A number: the first of these keys that the config has.</summary>
    public static MetadataRule Number(string key, params string[] keys) => new(key, (config, _) => (float?)config.Number(keys));

    public static MetadataRule Flag(string key, string of) => new(key, (config, _) => config.Flag(of));

    public static MetadataRule Fixed(string key, object value) => new(key, (_, _) => value);

    public static MetadataRule Of(string key, Func<ModelConfig, object?> value) => new(key, (config, _) => value(config));

    /// <summary>One flag per layer: whether it is of a kind that <c>layer_types</c> names.</summary>
    public static MetadataRule LayersOf(string key, string kind) =>
        new(key, (config, _) => config.Texts("layer_types") is { Length: > 0 } types ? Array.ConvertAll(types, type => type == kind) : null);
}
