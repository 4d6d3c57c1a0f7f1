using System.Text.Json;
using System.Text.RegularExpressions;
using Ilab.Gguf.Json;

namespace Ilab.Gguf.Conversion.Adapters;

/// <summary>rank_pattern and alpha_pattern: values for modules whose names end in a key, which is a regular expression; the first that fits counts.</summary>
internal sealed class PeftPattern
{
    private readonly List<(Regex Key, double Value)> _entries = [];

    /// <exception cref="ConversionException">A key is no expression, or a value is no number above zero.</exception>
    public static PeftPattern Read(JsonElement config, string name)
    {
        var pattern = new PeftPattern();
        if (config.Find(name) is not { ValueKind: JsonValueKind.Object } entries)
        {
            return pattern;
        }

        foreach (var entry in entries.EnumerateObject())
        {
            if (((JsonElement?)entry.Value).Number() is not ({ } value and > 0 and <= int.MaxValue))
            {
                throw new ConversionException($"{PeftConfig.FileName}: {name} gives \"{entry.Name}\" a value that makes no sense");
            }

            pattern._entries.Add((Compile(entry.Name, name), value));
        }

        return pattern;
    }

    /// <summary>Null = no key fits.</summary>
    public double? ValueOf(string module)
    {
        var index = _entries.FindIndex(entry => entry.Key.IsMatch(module));
        return index < 0 ? null : _entries[index].Value;
    }

    private static Regex Compile(string key, string name)
    {
        try
        {
            // As PEFT does it; a key may begin with ^ when it is meant for a whole name.
            var expression = key.StartsWith('^') ? $"^(?:{key[1..]})$" : $@"^(?:.*\.)?(?:{key})$";
            return new Regex(expression, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            throw new ConversionException($"{PeftConfig.FileName}: {name} has the key \"{key}\", which is no expression that can be read here");
        }
    }
}
