namespace Ilab.Cli.Output;

/// <summary>
/// A result as plain data: fields in order, with texts, numbers, truth values, times, lists and further objects. Tables, templates and JSON are all made from it, so
/// they cannot disagree.
/// </summary>
internal sealed class Data(int fields = Data.Usual)
{
    public const int Usual = 16; // fields: a list of ten thousand rows does not grow each of them four times
    private readonly List<(string Name, object? Value)> _fields = new(fields);

    public IReadOnlyList<(string Name, object? Value)> Fields => _fields;

    /// <summary>Values may be string, bool, int, long, ulong, double, DateTimeOffset, Data, or a list of those; null stays null.</summary>
    public Data Add(string name, object? value)
    {
        _fields.Add((name, value));
        return this;
    }

    public bool TryGet(string name, out object? value)
    {
        foreach (var (field, content) in _fields)
        {
            if (field.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                value = content;
                return true;
            }
        }

        value = null;
        return false;
    }
}
