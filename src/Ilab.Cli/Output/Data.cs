namespace Ilab.Cli.Output;

/// <summary>
/// A result as an ordered list of fields. Tables, templates and JSON are all rendered from it, so they cannot disagree.
/// </summary>
internal sealed class Data(int fields = Data.TypicalFields)
{
    /// <summary>Initial capacity: a list of ten thousand rows does not grow each of them four times.</summary>
    public const int TypicalFields = 16;

    private readonly List<(string Name, object? Value)> _fields = new(fields);

    public IReadOnlyList<(string Name, object? Value)> Fields => _fields;

    /// <summary>Values may be string, bool, int, long, ulong, double, DateTimeOffset, Data, RawJson, or a list of those; null stays null.</summary>
    public Data Add(string name, object? value)
    {
        _fields.Add((name, value));
        return this;
    }

    /// <summary>Field names are matched without regard to case.</summary>
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

    /// <summary>A string field; empty when it is absent or null.</summary>
    public string Text(string field) => TryGet(field, out var value) ? value as string ?? "" : "";

    /// <summary>An unsigned field; 0 when it is absent.</summary>
    public ulong Number(string field) => TryGet(field, out var value) && value is ulong number ? number : 0;

    /// <summary>A boolean field; false when it is absent.</summary>
    public bool Flag(string field) => TryGet(field, out var value) && value is true;
}
