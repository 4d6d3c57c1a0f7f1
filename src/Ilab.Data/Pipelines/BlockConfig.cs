using Ilab.Jinja;
using Ilab.Taxonomy;
using Ilab.Yaml;

namespace Ilab.Data.Pipelines;

/// <summary>Typed access to the settings of a block; settings that no block has read are reported.</summary>
internal sealed class BlockConfig(string block, IDictionary<string, object?> values, IPipelineFiles files)
{
    private readonly HashSet<string> _asked = [];

    public IPipelineFiles Files => files;

    public IEnumerable<string> Unknown => values.Keys.Where(key => !_asked.Contains(key));

    public bool Has(string key) => values.ContainsKey(key);

    public object? Value(string key)
    {
        _asked.Add(key);
        return values.TryGetValue(key, out var value) ? value : null;
    }

    public string Text(string key) => OptionalText(key) ?? throw Missing(key, "a text");

    public string? OptionalText(string key) =>
        Value(key) switch
        {
            null => null,
            string text => text,
            var other => Values.Text(other),
        };

    public int Whole(string key) => Value(key) is long number and >= 0 and <= int.MaxValue ? (int)number : throw Missing(key, "a whole number");

    public double Number(string key, double missing) => Value(key) is { } value ? Values.AsNumber(value) ?? throw Missing(key, "a number") : missing;

    public IReadOnlyList<string> Texts(string key) =>
        Value(key) is List<object?> list ? [.. list.Select(Values.Text)]
        : Value(key) is string one ? [one]
        : throw Missing(key, "a list");

    public List<object?> List(string key) => Value(key) as List<object?> ?? throw Missing(key, "a list");

    public IReadOnlyList<KeyValuePair<string, string>> Map(string key) =>
        Value(key) is IDictionary<string, object?> mapping
            ? [.. mapping.Select(static pair => KeyValuePair.Create(pair.Key, Values.Text(pair.Value)))]
            : throw Missing(key, "a mapping");

    public BlockConfig Section(string key) =>
        new(
            $"{block}: {key}",
            Value(key) switch
            {
                null => new Dictionary<string, object?>(),
                IDictionary<string, object?> mapping => mapping,
                _ => throw Missing(key, "a mapping"),
            },
            files
        );

    /// <summary>The settings without some keys, for a nested block.</summary>
    public BlockConfig Without(params string[] keys) => new(block, values.Where(pair => !keys.Contains(pair.Key)).ToDictionary(), files);

    /// <summary>Loads the mapping in a YAML file.</summary>
    public IDictionary<string, object?> Load(string path)
    {
        var text = files.Read(path) ?? throw new PipelineException($"block {block}: the file {path} does not exist", "paths are relative to the pipeline file");
        return ReadMapping(text, path);
    }

    public PipelineException Wrong(string what, string hint = "") => new($"block {block}: {what}", hint);

    /// <exception cref="PipelineException">Not YAML, or not a mapping.</exception>
    public static IDictionary<string, object?> ReadMapping(string text, string path)
    {
        try
        {
            return YamlValues.From(YamlDocument.Read(text).Root) as IDictionary<string, object?> ?? throw new PipelineException($"{path} is not a mapping");
        }
        catch (YamlException exception)
        {
            throw new PipelineException($"{path}:{exception.Mark.Line + 1}:{exception.Mark.Column + 1}: {exception.Message}", exception.Fix, exception);
        }
        catch (FormatException exception)
        {
            throw new PipelineException($"{path}: {exception.Message}", "", exception);
        }
    }

    private PipelineException Missing(string key, string kind) => Has(key) ? Wrong($"{key} must be {kind}") : Wrong($"{key} is missing");
}
