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

/// <summary>A mapping; every key once, in the order of the file.</summary>
internal sealed record RawMap : RawNode
{
    private static readonly object NoKey = new();
    private readonly List<RawPair> _pairs = [];
    private readonly Dictionary<object, int> _places = [];

    public RawMap(ConfigPlace place, IReadOnlyList<RawPair> pairs)
        : base(place) => SetAll(pairs);

    public IReadOnlyList<RawPair> Pairs => _pairs;

    /// <param name="key">A text, or another value that a key can be.</param>
    public RawPair? Find(object? key) => _places.TryGetValue(key ?? NoKey, out var at) ? _pairs[at] : null;

    public void Set(RawScalar key, RawNode value)
    {
        var name = key.Value ?? NoKey;
        if (_places.TryAdd(name, _pairs.Count))
        {
            _pairs.Add(new RawPair(key, value));
        }
        else
        {
            _pairs[_places[name]] = new RawPair(key, value);
        }
    }

    public void SetAll(IReadOnlyList<RawPair> pairs)
    {
        foreach (var (key, value) in pairs)
        {
            Set(key, value);
        }
    }

    public void Remove(string key)
    {
        if (Find(key) is { } pair)
        {
            RawPair[] left = [.. _pairs.Where(other => !ReferenceEquals(other, pair))];
            _pairs.Clear();
            _places.Clear();
            SetAll(left);
        }
    }
}
