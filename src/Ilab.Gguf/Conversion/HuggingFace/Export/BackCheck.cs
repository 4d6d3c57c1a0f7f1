using System.Globalization;
using Ilab.Gguf.Description;

namespace Ilab.Gguf.Conversion.HuggingFace.Export;

/// <summary>A config that was found for a GGUF is held against it: converted again, it has to give the settings that are there.</summary>
internal static class BackCheck
{
    /// <exception cref="ConversionException">A setting that the config has no words for.</exception>
    public static void Require(GgufFile file, Func<Stream> open, FamilyModel model)
    {
        var settings = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var rule in model.Family.Metadata)
        {
            settings[rule.KeyOf(model.Family.Architecture)] = rule.Value(model.Config, model.Measures);
        }

        using var stream = open();
        var arrays = new GgufArrays(file, stream);
        foreach (var (key, value) in settings)
        {
            // What a file does not say has the engine's default, which is the family's.
            if (file.Metadata.TryGetValue(key, out var said) && !IsSame(key, said, value, arrays))
            {
                throw new ConversionException($"the GGUF says {key} = {said}, which {HuggingFaceConfig.FileName} has no words for", isUnsupported: true);
            }
        }
    }

    private static bool IsSame(string key, GgufValue said, object? value, GgufArrays arrays)
    {
        if (said.Value is GgufArray)
        {
            return value switch
            {
                bool[] flags => arrays.Flags(key)?.SequenceEqual(flags) == true,
                int[] numbers => arrays.Ints(key)?.SequenceEqual(numbers) == true,
                uint[] numbers => arrays.Ints(key)?.Select(static number => (uint)number).SequenceEqual(numbers) == true,
                float[] numbers => arrays.Floats(key)?.SequenceEqual(numbers) == true,
                // The same for every layer.
                uint number => arrays.Ints(key)?.All(each => each == number) == true,
                _ => false,
            };
        }

        return (said.Value, value) switch
        {
            (bool left, bool right) => left == right,
            (string left, string right) => left == right,
            (bool or string, _) or (_, bool or string or null) => IsUnsaid(said, value),
            _ => Number(said.Value) == Number(value!),
        };
    }

    // Nothing and "none", "false" or 0 are the same.
    private static bool IsUnsaid(GgufValue said, object? value) => value is null && said.Value is false or "none" or 0u or 0f;

    private static double Number(object value) => value is Array ? double.NaN : Convert.ToDouble(value, CultureInfo.InvariantCulture);
}
