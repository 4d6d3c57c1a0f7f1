namespace Ilab.Gguf.Description;

/// <summary>A key of a config on the way back from a GGUF.</summary>
/// <param name="Key">In config.json.</param>
/// <param name="Value">
/// A whole number, <see cref="decimal"/>, <see cref="float"/>, <see cref="bool"/> or text, a list or a dictionary of them; null = not written.
/// </param>
public sealed record ConfigRule(string Key, Func<GgufSource, object?> Value);

/// <summary>Short ways to write rules. Keys of the GGUF are below its architecture's name.</summary>
public static class Back
{
    /// <summary>The key with null in it: the config class would take something else for a missing one.</summary>
    public static object Null => DBNull.Value;

    public static ConfigRule Whole(string key, string from) => new(key, source => source.Whole(from));

    /// <summary>A whole number that a model cannot do without.</summary>
    public static ConfigRule Length(string key, string from) => new(key, source => source.Required(from));

    public static ConfigRule Number(string key, string from) => new(key, source => source.Number(from));

    public static ConfigRule Number(string key, string from, decimal otherwise) => new(key, source => source.Number(from) ?? otherwise);

    public static ConfigRule Fixed(string key, object value) => new(key, _ => value);

    /// <summary>True where the first layer has a tensor, else not written.</summary>
    public static ConfigRule Has(string key, string tensor) => new(key, source => source.Has("blk.0." + tensor) ? true : null);

    /// <summary>A part of the length of heads.</summary>
    public static ConfigRule PartOfHead(string key, string from) =>
        new(key, source => source.Whole(from) is { } part ? (decimal)part / Math.Max(1, source.Head) : null);

    public static ConfigRule Of(string key, Func<GgufSource, object?> value) => new(key, value);
}
