namespace Ilab.Yaml;

/// <summary>What a node means after typing by YAML 1.1.</summary>
public enum YamlKind
{
    Unknown,
    Null,
    Boolean,
    Integer,
    Float,
    Text,
    Date,
    Binary,
    Sequence,
    Mapping,

    /// <summary>Sets and lists of pairs: values that no rule of the taxonomy accepts.</summary>
    Other,
}

/// <summary>A node of the document. An alias is the very node it stands for, so a document is a graph, and may contain itself.</summary>
public abstract class YamlNode(string? tag, YamlMark start)
{
    /// <summary>The tag as written, resolved; null = to be found from the content.</summary>
    public string? Tag { get; } = tag;

    public YamlMark Start { get; } = start;

    public YamlKind Kind { get; set; }
}

public sealed class YamlScalar(string? tag, YamlMark start, string text, bool isPlain) : YamlNode(tag, start)
{
    public string Text { get; } = text;

    /// <summary>How it was written; plain for what is not written at all.</summary>
    public YamlStyle Style { get; init; }

    /// <summary>Behind its last character; equal to the start for what is not written at all.</summary>
    public YamlMark End { get; init; } = start;

    public bool IsPlain { get; } = isPlain;

    /// <summary>Two scalars with the same identity are equal values: numbers by value, texts by their characters, and so on.</summary>
    public string Identity { get; set; } = "";
}

public sealed class YamlSequence(string? tag, YamlMark start) : YamlNode(tag, start)
{
    public List<YamlNode> Items { get; } = [];
}

public sealed class YamlMapping(string? tag, YamlMark start) : YamlNode(tag, start)
{
    /// <summary>As written, with everything that is written twice.</summary>
    public List<(YamlNode Key, YamlNode Value)> Pairs { get; } = [];

    /// <summary>By the identity of the key, after merging; in the order of first appearance, the last value of a key counts.</summary>
    public OrderedDictionary<string, (YamlScalar Key, YamlNode Value)> Entries { get; } = [];

    public YamlNode? Find(string key) => Entries.TryGetValue(YamlTyping.TextIdentity(key), out var entry) ? entry.Value : null;

    public YamlScalar? FindKey(string key) => Entries.TryGetValue(YamlTyping.TextIdentity(key), out var entry) ? entry.Key : null;
}
