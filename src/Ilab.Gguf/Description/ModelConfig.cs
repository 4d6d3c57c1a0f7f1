using System.Text.Json;
using Ilab.Gguf.Json;

namespace Ilab.Gguf.Description;

/// <summary>
/// The settings of a model as its config.json has them: what stands in the part for the text model first, then at the top, then what the family's config class
/// takes for a missing key.
/// </summary>
public sealed class ModelConfig
{
    private static readonly string[] TextParts = ["text_config", "llm_config", "lm_config", "language_config"];

    private readonly JsonElement[] _said;
    private readonly JsonElement? _defaults;
    private readonly List<string> _problems = [];

    /// <param name="root">The config.</param>
    /// <param name="defaults">Values of missing keys as a JSON object, or null.</param>
    public ModelConfig(JsonElement root, string? defaults)
    {
        var text = TextParts.Select(key => root.Find(key)).FirstOrDefault(static part => part is { ValueKind: JsonValueKind.Object });
        _said = text is { } inner ? [inner, root] : [root];
        if (defaults is not null)
        {
            using var document = JsonDocument.Parse(defaults);
            _defaults = document.RootElement.Clone();
        }

        Root = root;
        Rope = new RopeSettings(this);
    }

    /// <summary>The whole config, without defaults.</summary>
    public JsonElement Root { get; }

    /// <summary>How positions turn, in either spelling of the config.</summary>
    public RopeSettings Rope { get; }

    /// <summary>What is missing or makes no sense, one short text each.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>The classes that the config names.</summary>
    public static string? ClassOf(JsonElement root) => root.Find("architectures").Items().Select(static item => ((JsonElement?)item).Text()).FirstOrDefault();

    public void Report(string problem)
    {
        if (!_problems.Contains(problem))
        {
            _problems.Add(problem);
        }
    }

    /// <summary>The first of some keys that has a value; what the config says counts before any default, even if it says null.</summary>
    public JsonElement? Find(params ReadOnlySpan<string> keys) => FindSaid(keys) ?? FindDefault(keys);

    /// <summary>As <see cref="Find"/>, without defaults.</summary>
    public JsonElement? FindSaid(params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
        {
            foreach (var part in _said)
            {
                if (part.Find(key) is { } value)
                {
                    return value;
                }
            }
        }

        return null;
    }

    /// <summary>Whether a key is there, and null.</summary>
    public bool SaysNull(string key) => Array.Exists(_said, part => part.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.Null);

    public string? Text(params ReadOnlySpan<string> keys) => Find(keys).Text();

    public bool? Flag(params ReadOnlySpan<string> keys) => Find(keys).Flag();

    /// <summary>A number, which has to be finite.</summary>
    public double? Number(params ReadOnlySpan<string> keys)
    {
        if (Find(keys).Number() is not { } number)
        {
            return null;
        }

        if (double.IsFinite(number))
        {
            return number;
        }

        Report($"{keys[0]} is {number.ToString(System.Globalization.CultureInfo.InvariantCulture)}, which makes no sense");
        return null;
    }

    /// <summary>A whole number, also when it is written as 8192.0.</summary>
    public long? Whole(params ReadOnlySpan<string> keys) =>
        Find(keys).Number() is { } number && number == Math.Floor(number) && Math.Abs(number) < 1L << 53 ? (long)number : null;

    /// <summary>As <see cref="Whole"/> for a key that has to be a whole number where it is there; <c>auto</c> counts as not there.</summary>
    public long? Length(string key)
    {
        var said = FindSaid(key);
        if (said is not null && said.Text() != "auto" && Whole(key) is null)
        {
            Report($"{key} is no whole number");
        }

        return Whole(key);
    }

    /// <summary>A list of texts, as <c>layer_types</c>; empty when there is none.</summary>
    public string[] Texts(string key) => [.. Find(key).Items().Select(static item => ((JsonElement?)item).Text() ?? "")];

    public double[] Numbers(string key) => [.. Find(key).Items().Select(static item => ((JsonElement?)item).Number() ?? double.NaN)];

    /// <summary>Lengths that only the config class says.</summary>
    public IEnumerable<(string Key, long Value)> DefaultedLengths()
    {
        string[] ends = ["_size", "_dim", "_heads", "_layers", "_layer", "_embd"];
        foreach (var entry in _defaults?.EnumerateObject().ToArray() ?? [])
        {
            if (Array.Exists(ends, end => entry.Name.EndsWith(end, StringComparison.Ordinal)) && FindSaid(entry.Name) is null && Whole(entry.Name) is { } value)
            {
                yield return (entry.Name, value);
            }
        }
    }

    private JsonElement? FindDefault(ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
        {
            if (_defaults.Find(key) is { } value && !SaysNull(key))
            {
                return value;
            }
        }

        return null;
    }
}
