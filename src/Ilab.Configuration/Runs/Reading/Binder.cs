using System.Collections.Concurrent;
using Ilab.Configuration.Runs.Problems;
using Ilab.Configuration.Runs.Schema;
using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Runs.Reading;

/// <summary>Raw values to sections, by the tables: unknown keys, wrong types and missing values are reported, and defaults filled in.</summary>
internal sealed class Binder(ConfigClass top, ProblemList problems)
{
    private static readonly ConcurrentDictionary<string, RawNode> Defaults = new(StringComparer.Ordinal);
    private readonly UnknownKeys _unknown = new(top, problems);

    public ConfigSection Bind(RawMap root) => Section(top, root, root.Place, "");

    private ConfigSection Section(ConfigClass type, RawMap? raw, ConfigPlace place, string path)
    {
        var section = new ConfigSection(type, raw?.Place ?? place);
        foreach (var pair in raw?.Pairs ?? [])
        {
            if (pair.Key.IsDamaged)
            {
                continue;
            }

            if (pair.Key.Value is not string name || type.Find(name) is null)
            {
                _unknown.Report(type, pair, path, raw!);
            }
        }

        foreach (var field in type.Fields)
        {
            var pair = raw?.Find(field.Name);
            var below = KeyPath.Below(path, field.Name);
            section.Set(field.Name, Field(field, pair?.Value, section.Place, below), pair?.Key.Place);
        }

        return section;
    }

    private ConfigNode Field(ConfigField field, RawNode? raw, ConfigPlace section, string path)
    {
        if (raw is null or RawScalar { IsMissing: true })
        {
            if (field.IsRequired)
            {
                problems.Error(raw?.Place ?? section, "missing", path, "a value is required", $"write {field.Name}: followed by {field.Type.Description}");
            }
            else if (raw is not null)
            {
                problems.Warn(raw.Place, "missing-marker", path, $"??? stands for a value that is missing: {DefaultText(field)} is used", "write the value");
            }

            return Default(field, section, path);
        }

        return Value(field.Type, raw, path, field) ?? Default(field, section, path);
    }

    private ConfigNode Default(ConfigField field, ConfigPlace section, string path)
    {
        if (field is { Default: null, Type.Shape: FieldShape.Section, IsRequired: false })
        {
            return Section(RunSchema.Class(field.Type.Name), null, section, path);
        }

        if (field.Default is null)
        {
            return new ConfigScalar(null, default);
        }

        var raw = Defaults.GetOrAdd(field.Default, static text => RawReader.Read(text, new ProblemList("default"))!);
        return Unwritten(Value(field.Type, raw, path, field)!);
    }

    private static ConfigNode Unwritten(ConfigNode node) =>
        node switch
        {
            ConfigScalar scalar => new ConfigScalar(scalar.Value, default),
            ConfigList list => new ConfigList(default, [.. list.Items.Select(Unwritten)]),
            ConfigMap map => new ConfigMap(default, [.. map.Pairs.Select(static pair => new ConfigPair(pair.Key, default, Unwritten(pair.Value)))]),
            _ => node,
        };

    /// <summary>Null when the value does not fit, which is then reported.</summary>
    private ConfigNode? Value(FieldType type, RawNode raw, string path, ConfigField? field)
    {
        problems.Cancellation.ThrowIfCancellationRequested();
        switch (raw)
        {
            case RawScalar { IsDamaged: true }:
                return null;
            case RawScalar scalar when Conversion.TryConvert(type, scalar.Value, out var value):
                return new ConfigScalar(value, raw.Place, scalar.Written);
            case RawList list when type.Shape == FieldShape.List:
                return new ConfigList(
                    raw.Place,
                    [.. list.Items.Select((item, index) => Item(type.Item!, item, KeyPath.Item(path, index))).OfType<ConfigNode>()]
                );
            case RawMap map when type.Shape == FieldShape.Section:
                return Section(RunSchema.Class(type.Name), map, raw.Place, path);
            case RawMap map when type.Shape == FieldShape.Map:
                return new ConfigMap(raw.Place, [.. map.Pairs.Select(pair => Pair(type, pair, path)).OfType<ConfigPair>()]);
            case RawList or RawMap when type.Shape == FieldShape.Any:
                return Free(raw);
            default:
                TypeErrors.Report(type, raw, path, field is null ? "" : DefaultText(field), problems);
                return null;
        }
    }

    /// <summary>Lists and mappings inside of those of single values are kept as they are.</summary>
    private ConfigNode? Item(FieldType type, RawNode raw, string path) =>
        raw is RawList or RawMap && type.Shape is not (FieldShape.Section or FieldShape.Map or FieldShape.List) ? Free(raw) : Value(type, raw, path, null);

    private ConfigPair? Pair(FieldType type, RawPair pair, string path)
    {
        if (pair.Key is { IsDamaged: true } or { Value: null })
        {
            return null;
        }

        var key = pair.Key.Value;
        var below = KeyPath.Below(path, PythonText.Of(key));
        if (type.Key!.Shape == FieldShape.Text && key is not string)
        {
            problems.Error(pair.Key.Place, "key", below, "the key has to be text", "put it in quotes");
            return null;
        }

        if (type.Key.Shape == FieldShape.Choice)
        {
            if (!Conversion.TryConvert(type.Key, key, out var choice))
            {
                TypeErrors.Report(type.Key, pair.Key, below, "", problems);
                return null;
            }

            key = choice!;
        }

        return Item(type.Item!, pair.Value, below) is { } value ? new ConfigPair(key, pair.Key.Place, value) : null;
    }

    private static ConfigNode Free(RawNode raw) =>
        raw switch
        {
            RawList list => new ConfigList(raw.Place, [.. list.Items.Select(Free)]),
            RawMap map => new ConfigMap(
                raw.Place,
                [
                    .. map
                        .Pairs.Where(static pair => pair.Key.Value is not null)
                        .Select(static pair => new ConfigPair(pair.Key.Value!, pair.Key.Place, Free(pair.Value))),
                ]
            ),
            _ => new ConfigScalar(((RawScalar)raw).Value, raw.Place, ((RawScalar)raw).Written),
        };

    private static string DefaultText(ConfigField field) =>
        field.Default is { } text ? $"the default {text}"
        : field.IsRequired ? ""
        : "the default";
}
