using Ilab.Jinja;

namespace Ilab.Data.Pipelines.Blocks;

/// <summary>Joins several columns into one text.</summary>
internal sealed class CombineColumnsBlock(string name, BlockConfig config) : RowBlock(name)
{
    private readonly IReadOnlyList<string> _columns = config.Texts("columns");
    private readonly string _output = config.Text("output_col");
    private readonly string _separator = config.OptionalText("separator") ?? "\n\n";

    protected override Row Change(Row row) => row.With(_output, string.Join(_separator, _columns.Select(column => Values.Text(row[column]))));
}

/// <summary>Copies columns under other names.</summary>
internal sealed class DuplicateColumnsBlock(string name, BlockConfig config) : RowBlock(name)
{
    private readonly IReadOnlyList<KeyValuePair<string, string>> _map = config.Map("columns_map");

    protected override Row Change(Row row) => row.With(_map.Select(pair => KeyValuePair.Create(pair.Value, row[pair.Key])));
}

/// <summary>Renames columns.</summary>
internal sealed class RenameColumnsBlock(string name, BlockConfig config) : RowBlock(name)
{
    private readonly Dictionary<string, string> _map = new(config.Map("columns_map"), StringComparer.Ordinal);

    protected override Row Change(Row row)
    {
        foreach (var old in _map.Keys)
        {
            _ = row[old]; // throws if it does not exist
        }

        var names = row.Names.Select(column => _map.GetValueOrDefault(column, column)).ToList();
        return names.Distinct(StringComparer.Ordinal).Count() == names.Count
            ? row.Renamed(column => _map.GetValueOrDefault(column, column))
            : throw new PipelineException(
                $"block {Name}: {names.GroupBy(static n => n, StringComparer.Ordinal).First(static group => group.Count() > 1).Key} would be a duplicate column"
            );
    }
}

/// <summary>Copies the column whose name another column selects.</summary>
internal sealed class SelectorBlock(string name, BlockConfig config) : RowBlock(name)
{
    private readonly Dictionary<string, string> _choices = new(config.Map("choice_map"), StringComparer.Ordinal);
    private readonly string _choice = config.Text("choice_col");
    private readonly string _output = config.Text("output_col");

    protected override Row Change(Row row)
    {
        var choice = Values.Text(row[_choice]);
        return _choices.TryGetValue(choice, out var column)
            ? row.With(_output, row[column])
            : throw new PipelineException($"block {Name}: choice_map has no entry {choice}", $"its entries are {string.Join(", ", _choices.Keys)}");
    }
}

/// <summary>Adds the columns of a YAML file selected by the value of a column.</summary>
internal sealed class SamplePopulatorBlock : RowBlock
{
    private readonly string _column;
    private readonly Dictionary<string, IDictionary<string, object?>> _columns = new(StringComparer.Ordinal);

    public SamplePopulatorBlock(string name, BlockConfig config)
        : base(name)
    {
        _column = config.Text("column_name");
        var postfix = config.OptionalText("post_fix") ?? "";
        foreach (var path in config.Texts("config_paths"))
        {
            _columns[path[(path.LastIndexOf('/') + 1)..].Split('.')[0]] = config.Load(
                postfix.Length > 0 ? path.Replace(".yaml", $"_{postfix}.yaml", StringComparison.Ordinal) : path
            );
        }
    }

    protected override Row Change(Row row)
    {
        var value = Values.Text(row[_column]);
        return _columns.TryGetValue(value, out var columns)
            ? row.With(columns)
            : throw new PipelineException($"block {Name}: no file for {value}", $"there are files for {string.Join(", ", _columns.Keys)}");
    }
}
