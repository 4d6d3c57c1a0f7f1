using Ilab.Configuration.Runs.Problems;
using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Runs.Reading;

/// <summary>What a file says before the types of the fields are known.</summary>
internal abstract record RawNode(ConfigPlace Place);

/// <summary>A single value, or a place where something wrong stands that was already reported.</summary>
internal sealed record RawScalar(ConfigPlace Place, object? Value, WrittenScalar Written, bool IsDamaged = false) : RawNode(Place)
{
    private const string Marker = "???";

    /// <summary>The mark of a value that is still to be filled in.</summary>
    public bool IsMissing => Value is Marker;
}

internal sealed record RawList(ConfigPlace Place, List<RawNode> Items) : RawNode(Place);

internal sealed record RawPair(RawScalar Key, RawNode Value);

internal sealed record RawMap(ConfigPlace Place, List<RawPair> Pairs) : RawNode(Place)
{
    public RawPair? Find(string key) => Pairs.Find(pair => pair.Key.Value is string text && text == key);

    public void Set(RawScalar key, RawNode value)
    {
        var at = Pairs.FindIndex(pair => Equals(pair.Key.Value, key.Value));
        if (at < 0)
        {
            Pairs.Add(new RawPair(key, value));
        }
        else
        {
            Pairs[at] = new RawPair(key, value);
        }
    }
}
