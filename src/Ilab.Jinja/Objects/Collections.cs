namespace Ilab.Jinja.Objects;

/// <summary>Python's tuple: a list that prints differently.</summary>
internal sealed class TupleList(IEnumerable<object?> items) : List<object?>(items);

/// <summary>Python's iterables that are neither lists nor dictionaries.</summary>
/// <param name="type">Python's name of the type: <c>generator</c>, <c>dict_items</c>, <c>range</c>, ...</param>
internal sealed class Iteration(string type, List<object?> items, string? text = null)
{
    private bool _isConsumed;

    public string Type => type;

    /// <summary>What <c>str</c> gives; null = as a view of a dictionary prints.</summary>
    public string? Text => text;

    public bool IsOnce => type is not ("range" or "dict_items" or "dict_keys" or "dict_values");

    /// <summary>The items, for looking only.</summary>
    public List<object?> Peek => items;

    /// <summary>The items; a generator gives them once.</summary>
    public List<object?> Take()
    {
        if (!IsOnce)
        {
            return items;
        }

        var taken = _isConsumed ? [] : items;
        _isConsumed = true;
        return taken;
    }

    public static Iteration Generator(List<object?> items) => new("generator", items, "<generator object>");
}

/// <summary>The value of <c>namespace(...)</c>: the only object with attributes that templates set.</summary>
internal sealed class Namespace
{
    public Dictionary<string, object?> Attributes { get; } = [];
}

/// <summary>Python's dictionary: insertion order, keys equal as in Python.</summary>
internal sealed class Dict
{
    private static readonly object NoneKey = new();

    private readonly OrderedDictionary<object, object?> _items = new(KeyComparer.Instance);

    public int Count => _items.Count;

    public IEnumerable<object?> Keys => _items.Keys.Select(static key => key == NoneKey ? null : key);

    public IEnumerable<KeyValuePair<object?, object?>> Pairs =>
        _items.Select(static pair => KeyValuePair.Create(pair.Key == NoneKey ? null : pair.Key, pair.Value));

    public void Set(object? key, object? value) => _items[key ?? NoneKey] = value;

    public bool TryGet(object? key, out object? value) => _items.TryGetValue(key ?? NoneKey, out value);

    private sealed class KeyComparer : IEqualityComparer<object>
    {
        public static KeyComparer Instance { get; } = new();

        bool IEqualityComparer<object>.Equals(object? x, object? y) => ReferenceEquals(x, y) || Compare.AreEqual(x, y);

        public int GetHashCode(object key)
        {
            Runtime.Charge();
            return key switch
            {
                string text => text.GetHashCode(StringComparison.Ordinal),
                bool flag => flag ? 1 : 0,
                long whole => whole.GetHashCode(),
                double number when number == Math.Floor(number) && Math.Abs(number) < 1L << 62 => ((long)number).GetHashCode(),
                TupleList tuple => tuple.Aggregate(17, (hash, item) => (hash * 31) + (item is null ? 0 : GetHashCode(item))),
                List<object?> or Dict => throw new TemplateException($"unhashable type: '{Types.Name(key)}'"),
                _ => key.GetHashCode(),
            };
        }
    }
}
