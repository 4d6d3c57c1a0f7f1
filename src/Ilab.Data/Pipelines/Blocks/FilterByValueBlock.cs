using System.Globalization;
using Ilab.Jinja;

namespace Ilab.Data.Pipelines.Blocks;

/// <summary>Filters rows by comparing a column with given values.</summary>
internal sealed class FilterByValueBlock : Block
{
    private static readonly string[] Operations = ["eq", "ne", "lt", "le", "gt", "ge", "contains"];

    private readonly string _column;
    private readonly List<object?> _values;
    private readonly string _operation;
    private readonly string? _type;
    private readonly object? _default;

    public FilterByValueBlock(string name, BlockConfig config)
        : base(name)
    {
        _column = config.Text("filter_column");
        _operation = config.Text("operation");
        _type = config.OptionalText("convert_dtype");
        var given = config.Value("default_value");
        if (!Operations.Contains(_operation))
        {
            throw config.Wrong($"unknown operation {_operation}", $"use one of {string.Join(", ", Operations)}");
        }

        _default = _type switch
        {
            null => null,
            "int" => given is null ? 0L : Convert(given, _type) ?? 0L,
            "float" => given is null ? 0.0 : Convert(given, _type) ?? 0.0,
            "bool" => given is null ? false : Convert(given, _type) ?? false,
            _ => throw config.Wrong($"unknown convert_dtype {_type}", "use int, float or bool"),
        };
        var value = config.Value("filter_value");
        _values = [.. (value is List<object?> list ? list : [value]).Select(one => _type is null ? one : Convert(one, _type) ?? _default)];
    }

    /// <summary>Keeps all rows: imitated answers tell nothing about real ones.</summary>
    public override ValueTask<IReadOnlyList<Row>> RehearseAsync(IReadOnlyList<Row> rows, BlockRun run, CancellationToken cancellationToken) =>
        ValueTask.FromResult(rows);

    public override ValueTask<IReadOnlyList<Row>> RunAsync(IReadOnlyList<Row> rows, BlockRun run, CancellationToken cancellationToken)
    {
        var kept = new List<Row>();
        foreach (var row in rows)
        {
            var value = row[_column];
            if (_type is not null)
            {
                value = Convert(value, _type) ?? _default;
            }

            if (_values.Any(wanted => Holds(value, wanted)))
            {
                kept.Add(_type is null ? row : row.With(_column, value));
            }
        }

        run.Reject(Name, $"{_column} is not {_operation} {string.Join(" or ", _values.Select(Values.Text))}", rows.Count - kept.Count);
        return ValueTask.FromResult<IReadOnlyList<Row>>(kept);
    }

    /// <returns>Null if it cannot be converted.</returns>
    private static object? Convert(object? value, string type)
    {
        var text = value is string words ? words.Trim() : "";
        return type switch
        {
            "int" => value is string
                ? long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)
                    ? whole
                    : null
                : Values.AsNumber(value) is { } number && Math.Abs(number) < 1L << 62
                    ? (long)number
                    : null,
            "float" => value is string
                ? double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                    ? number
                    : null
                : Values.AsNumber(value),
            _ => value is string
                ? text.ToLowerInvariant() switch
                {
                    "true" or "1" or "yes" or "y" or "t" or "on" => true,
                    "false" or "0" or "no" or "n" or "f" or "off" => (object)false,
                    _ => null,
                }
                : Values.IsTrue(value),
        };
    }

    private bool Holds(object? value, object? wanted) =>
        _operation switch
        {
            "eq" => Values.Equals(value, wanted),
            "ne" => !Values.Equals(value, wanted),
            "lt" => Values.Compare(value, wanted) < 0,
            "le" => Values.Compare(value, wanted) <= 0,
            "gt" => Values.Compare(value, wanted) > 0,
            "ge" => Values.Compare(value, wanted) >= 0,
            _ => value switch
            {
                string text => wanted is not null && text.Contains(Values.Text(wanted), StringComparison.Ordinal),
                List<object?> list => list.Any(entry => Values.Equals(entry, wanted)),
                _ => false,
            },
        };
}
