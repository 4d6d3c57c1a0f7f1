using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using Ilab.Jinja;

namespace Ilab.Data.Pipelines;

/// <summary>One sample in a pipeline: an immutable, ordered set of columns.</summary>
internal sealed class Row
{
    private readonly OrderedDictionary<string, object?> _columns;

    public Row(IEnumerable<KeyValuePair<string, object?>> columns) => _columns = new OrderedDictionary<string, object?>(columns, StringComparer.Ordinal);

    public IReadOnlyDictionary<string, object?> Columns => _columns;

    public IEnumerable<string> Names => _columns.Keys;

    public bool Has(string name) => _columns.ContainsKey(name);

    public bool TryGet(string name, out object? value) => _columns.TryGetValue(name, out value);

    /// <exception cref="PipelineException">There is no such column.</exception>
    public object? this[string name] =>
        _columns.TryGetValue(name, out var value)
            ? value
            : throw new PipelineException($"no such column: {name}", $"the columns are {string.Join(", ", _columns.Keys)}");

    [return: NotNullIfNotNull(nameof(missing))]
    public string? Text(string name, string? missing = null) => _columns.TryGetValue(name, out var value) && value is not null ? Values.Text(value) : missing;

    public Row With(string name, object? value) => With([KeyValuePair.Create(name, value)]);

    public Row With(IEnumerable<KeyValuePair<string, object?>> columns)
    {
        var row = new Row(_columns);
        foreach (var (name, value) in columns)
        {
            row._columns[name] = value;
        }

        return row;
    }

    public Row Without(IEnumerable<string> names)
    {
        var row = new Row(_columns);
        foreach (var name in names)
        {
            row._columns.Remove(name);
        }

        return row;
    }

    /// <summary>Renames columns, keeping their order.</summary>
    public Row Renamed(Func<string, string> name) => new(_columns.Select(column => KeyValuePair.Create(name(column.Key), column.Value)));

    /// <summary>The same text for rows with equal values in these columns.</summary>
    public string Key(IEnumerable<string> names) => new JsonArray([.. names.Select(name => Values.ToJson(this[name]))]).ToJsonString();

    public JsonObject ToJson() => (JsonObject)Values.ToJson(_columns)!;
}
