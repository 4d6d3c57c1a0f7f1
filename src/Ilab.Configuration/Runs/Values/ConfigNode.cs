using Ilab.Configuration.Runs.Problems;
using Ilab.Configuration.Runs.Schema;

namespace Ilab.Configuration.Runs.Values;

/// <summary>A value of a config and where it comes from.</summary>
public abstract class ConfigNode(ConfigPlace place)
{
    public ConfigPlace Place { get; } = place;
}

/// <summary>How a single value was written.</summary>
/// <param name="Text">Its characters without quotes.</param>
/// <param name="IsPlain">Not in quotes, and without a tag.</param>
/// <param name="Value">What the characters mean before the field's type is known.</param>
public sealed record WrittenScalar(string Text, bool IsPlain, object? Value)
{
    /// <summary>A block that begins with |: its lines are those of the file, from the next one on.</summary>
    internal bool IsBlock { get; init; }
}

/// <summary>A single value.</summary>
/// <param name="value">Null, a <see cref="bool"/>, an <see cref="Int128"/>, a <see cref="double"/> or a <see cref="string"/>.</param>
/// <param name="written">Null when nobody wrote it.</param>
public sealed class ConfigScalar(object? value, ConfigPlace place, WrittenScalar? written = null) : ConfigNode(place)
{
    public object? Value { get; } = value;

    public WrittenScalar? Written { get; } = written;
}

public sealed class ConfigList(ConfigPlace place, IReadOnlyList<ConfigNode> items) : ConfigNode(place)
{
    public IReadOnlyList<ConfigNode> Items { get; } = items;
}

/// <summary>One pair of a mapping with free keys.</summary>
/// <param name="Key">A text, a number or a truth value.</param>
public sealed record ConfigPair(object Key, ConfigPlace KeyPlace, ConfigNode Value);

public sealed class ConfigMap(ConfigPlace place, IReadOnlyList<ConfigPair> pairs) : ConfigNode(place)
{
    private Dictionary<string, ConfigNode>? _texts;

    public IReadOnlyList<ConfigPair> Pairs { get; } = pairs;

    public ConfigNode? Find(string key) => (_texts ??= Texts()).GetValueOrDefault(key);

    private Dictionary<string, ConfigNode> Texts()
    {
        var texts = new Dictionary<string, ConfigNode>(StringComparer.Ordinal);
        foreach (var pair in Pairs)
        {
            if (pair.Key is string text)
            {
                texts.TryAdd(text, pair.Value);
            }
        }

        return texts;
    }
}

/// <summary>A section: every field of its class has a value, written or by default.</summary>
public sealed class ConfigSection(ConfigClass type, ConfigPlace place) : ConfigNode(place)
{
    private readonly Dictionary<string, ConfigNode> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ConfigPlace> _keys = new(StringComparer.Ordinal);

    public ConfigClass Class { get; } = type;

    /// <summary>The value of a field; a required field that is missing has null.</summary>
    /// <exception cref="KeyNotFoundException">The class has no such field.</exception>
    public ConfigNode this[string field] => _values[field];

    /// <summary>Where the key of a field stands; where the section begins when it is not written.</summary>
    public ConfigPlace KeyPlace(string field) => _keys.TryGetValue(field, out var place) ? place : Place;

    /// <summary>Whether the file or an override says something about the field.</summary>
    public bool IsWritten(string field) => _keys.ContainsKey(field);

    internal void Set(string field, ConfigNode value, ConfigPlace? key)
    {
        _values[field] = value;
        if (key is { } place)
        {
            _keys[field] = place;
        }
    }
}
