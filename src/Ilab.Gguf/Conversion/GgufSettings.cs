namespace Ilab.Gguf.Conversion;

/// <summary>Metadata on its way into a GGUF: each key once, in the order in which it first came.</summary>
public sealed class GgufSettings
{
    private readonly List<string> _order = [];
    private readonly Dictionary<string, object> _values = new(StringComparer.Ordinal);

    /// <summary>Takes the place of an earlier value; null takes it away.</summary>
    public void Set(string key, object? value)
    {
        if (value is null)
        {
            _values.Remove(key);
            return;
        }

        if (!_order.Contains(key))
        {
            _order.Add(key);
        }

        _values[key] = value;
    }

    public GgufWriter ToWriter()
    {
        var writer = new GgufWriter();
        foreach (var key in _order.Where(_values.ContainsKey))
        {
            writer.AddValue(key, _values[key]);
        }

        return writer;
    }
}
