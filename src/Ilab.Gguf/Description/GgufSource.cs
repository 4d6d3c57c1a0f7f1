using System.Globalization;
using Ilab.Gguf.Conversion;

namespace Ilab.Gguf.Description;

/// <summary>What a GGUF says, for the way back into a config.</summary>
/// <param name="file">The header of a whole model.</param>
/// <param name="family">Of the model.</param>
/// <param name="open">Opens the file, for lists and tensors.</param>
public sealed class GgufSource(GgufFile file, Family family, Func<Stream> open)
{
    private readonly HashSet<string> _tensors = [.. file.Tensors.Select(static tensor => tensor.Name)];

    /// <summary>Keys that are missing and that a config cannot do without.</summary>
    public List<string> Missing { get; } = [];

    public int Layers => (int)(Whole("block_count") ?? 0);

    /// <summary>Length of a head.</summary>
    public long Head => Whole("attention.key_length") ?? ((Whole("embedding_length") ?? 0) / Math.Max(1, Whole("attention.head_count") ?? 1));

    /// <summary>Rows of the embedding.</summary>
    public long Vocabulary => Rows("token_embd.weight") ?? 0;

    /// <summary>Rows of a tensor; null = there is none.</summary>
    public long? Rows(string tensor) => file.Tensors.FirstOrDefault(entry => entry.Name == tensor) is { } found ? (long)found.Shape[^1] : null;

    /// <summary>Whether the config class has a length of heads of its own.</summary>
    public bool SaysHead => family.Defaults.Contains("\"head_dim\"", StringComparison.Ordinal);

    public bool Has(string tensor) => _tensors.Contains(tensor);

    public string? Text(string key) => file.GetString(KeyOf(key));

    public bool? Flag(string key) => file.Metadata.GetValueOrDefault(KeyOf(key))?.Value as bool?;

    public long? Whole(string key) => file.GetUnsigned(KeyOf(key)) is { } value and <= int.MaxValue ? (long)value : null;

    /// <summary>A number that went through single precision is as short as it was before.</summary>
    public decimal? Number(string key) => file.Metadata.GetValueOrDefault(KeyOf(key))?.Value is float value && float.IsFinite(value) ? Short(value) : null;

    public long Required(string key)
    {
        if (Whole(key) is { } value)
        {
            return value;
        }

        Missing.Add(KeyOf(key));
        return 0;
    }

    /// <summary>A list of flags, one for each layer; null = there is none.</summary>
    public bool[]? Flags(string key)
    {
        using var stream = open();
        return new GgufArrays(file, stream).Flags(KeyOf(key));
    }

    /// <summary>A list of whole numbers; null = there is none.</summary>
    public int[]? Wholes(string key)
    {
        using var stream = open();
        return new GgufArrays(file, stream).Ints(KeyOf(key));
    }

    /// <summary>The values of an F32 tensor; null = there is none.</summary>
    public float[]? Floats(string tensor)
    {
        if (file.Tensors.FirstOrDefault(entry => entry.Name == tensor) is not { Type: GgmlType.F32 } found)
        {
            return null;
        }

        using var stream = open();
        stream.Position = file.DataOffset + (long)found.Offset;
        var values = new float[found.Elements];
        stream.ReadExactly(System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    /// <summary>The shortest decimal number that is this one in single precision.</summary>
    /// <exception cref="ConversionException">There is none, or it is beyond all bounds.</exception>
    public static decimal Short(float value) =>
        decimal.TryParse(value.ToString("R", CultureInfo.InvariantCulture), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new ConversionException($"a setting of the GGUF is {value.ToString(CultureInfo.InvariantCulture)}, which no configuration can say");

    // With a leading slash it is the whole key, as in MetadataRule.
    private string KeyOf(string key) => key[0] == '/' ? key[1..] : $"{family.Architecture}.{key}";
}
