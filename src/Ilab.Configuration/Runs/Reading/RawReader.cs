using Ilab.Configuration.Runs.Problems;
using Ilab.Configuration.Runs.Values;
using Ilab.Yaml;

namespace Ilab.Configuration.Runs.Reading;

/// <summary>YAML to values with their places: one document, every key once, aliases expanded within bounds.</summary>
internal sealed class RawReader(string text, ProblemList problems, int argument)
{
    /// <summary>Bytes; the longest known run config has 60 thousand.</summary>
    public const int LongestFile = 4 << 20;

    private const int MostValues = 200_000;
    private readonly HashSet<YamlNode> _open = new(ReferenceEqualityComparer.Instance);
    private int _values;

    /// <summary>Null when the text is no YAML, which is then reported; an empty document is an empty mapping.</summary>
    /// <param name="argument">The override that the text comes from, from 1; 0 = a file.</param>
    public static RawNode? Read(string text, ProblemList problems, int argument = 0)
    {
        try
        {
            YamlText.RequirePrintable(text);
            var root = new YamlParser(new YamlScanner(text)).Parse();
            var reader = new RawReader(text, problems, argument);
            return root is null ? new RawMap(reader.Place(default), []) : reader.Convert(root, "");
        }
        catch (YamlException exception)
        {
            Report(exception, text, problems, argument);
            return null;
        }
    }

    private static void Report(YamlException exception, string text, ProblemList problems, int argument)
    {
        var rule = "yaml:" + exception.Stage.ToString().ToLowerInvariant();
        var place = argument > 0 ? new ConfigPlace(0, 0, argument) : new ConfigPlace(exception.Mark.Line + 1, exception.Mark.Column + 1);
        if (exception.Stage == YamlStage.Scanner && exception.Mark.Index < text.Length && text[exception.Mark.Index] == '\t')
        {
            problems.Error(place, rule, "", "a tab is used for indentation", "use spaces");
        }
        else if (argument == 0 && exception.Stage is YamlStage.Scanner or YamlStage.Parser && SyntaxHints.Find(text, place.Line) is { } hint)
        {
            var seen = hint.Place.Line == place.Line ? "" : $"; noticed on line {place.Line}: {exception.Message}";
            problems.Error(hint.Place, rule, "", hint.Message, hint.Fix + seen);
        }
        else
        {
            problems.Error(place, rule, "", exception.Message, exception.Fix);
        }
    }

    private RawNode Convert(YamlNode node, string path)
    {
        Count(node);
        if (node is YamlScalar scalar)
        {
            return Scalar(scalar, path);
        }

        Open(node);
        RawNode made = node is YamlSequence sequence ? List(sequence, path) : Map((YamlMapping)node, path);
        _open.Remove(node);
        return made;
    }

    private void Count(YamlNode node)
    {
        problems.Cancellation.ThrowIfCancellationRequested();
        if (++_values > MostValues)
        {
            throw new YamlException(YamlStage.Limit, node.Start, $"more than {MostValues} values, counting what aliases repeat", "write fewer aliases");
        }
    }

    /// <summary>Aliases of aliases can be a long way down although nothing is nested.</summary>
    private void Open(YamlNode node)
    {
        if (!_open.Add(node))
        {
            throw new YamlException(YamlStage.Depth, node.Start, "an alias leads back into what it is part of", "write the values out");
        }

        if (_open.Count > YamlParser.Deepest)
        {
            throw new YamlException(YamlStage.Depth, node.Start, $"aliases lead more than {YamlParser.Deepest} levels deep", "write the values out");
        }
    }

    private RawNode List(YamlSequence sequence, string path)
    {
        if (sequence.Tag is not (null or YamlTags.Prefix + "seq"))
        {
            return BadTag(sequence, path);
        }

        var items = new List<RawNode>(sequence.Items.Count);
        for (var index = 0; index < sequence.Items.Count; index++)
        {
            items.Add(Convert(sequence.Items[index], KeyPath.Item(path, index)));
        }

        return new RawList(Place(sequence.Start), items);
    }

    private RawNode Map(YamlMapping mapping, string path)
    {
        if (mapping.Tag is not (null or YamlTags.Prefix + "map"))
        {
            return BadTag(mapping, path);
        }

        var made = new RawMap(Place(mapping.Start), []);
        foreach (var (key, value) in mapping.Pairs.Where(static pair => IsMerge(pair.Key)))
        {
            problems.Note(Place(key.Start), "merge", path, "<< takes over the keys of another mapping", "write them out for readers that do not know it");
            Merge(made, value, path);
        }

        var seen = new Dictionary<string, ConfigPlace>(StringComparer.Ordinal);
        foreach (var (key, value) in mapping.Pairs.Where(static pair => !IsMerge(pair.Key)))
        {
            if (key is not YamlScalar name)
            {
                problems.Error(
                    Place(key.Start),
                    "key",
                    path,
                    "a list or a mapping cannot be a key",
                    "put the text in quotes; brackets and braces have a meaning in YAML"
                );
                continue;
            }

            var raw = Scalar(name, path);
            var below = KeyPath.Below(path, name.Text);
            if (raw.Value is string word && !seen.TryAdd(word, raw.Place))
            {
                problems.Error(
                    raw.Place,
                    "duplicate-key",
                    below,
                    $"the key stands here a second time, first on line {seen[word].Line}",
                    "remove one of the two"
                );
                continue;
            }

            made.Set(raw, Convert(value, below));
        }

        return made;
    }

    private static bool IsMerge(YamlNode key) => key is YamlScalar { IsPlain: true, Tag: null, Text: "<<" } or YamlScalar { Tag: YamlTags.Prefix + "merge" };

    private void Merge(RawMap into, YamlNode value, string path)
    {
        switch (value)
        {
            case YamlMapping mapping:
                if (Convert(mapping, path) is RawMap source)
                {
                    into.SetAll(source.Pairs);
                }

                break;
            case YamlSequence list:
                Count(list);
                Open(list);
                foreach (var item in list.Items.AsEnumerable().Reverse())
                {
                    Merge(into, item, path);
                }

                _open.Remove(list);
                break;
            default:
                problems.Error(Place(value.Start), "merge", path, "<< takes a mapping, or a list of mappings", "name them with *, or put << in quotes");
                break;
        }
    }

    private RawScalar Scalar(YamlScalar scalar, string path)
    {
        var place = Place(scalar.Start);
        var text = scalar.Text;
        object? value = text;
        var isPlain = scalar.IsPlain && scalar.Tag is null;
        if (scalar.Tag is { } tag)
        {
            if (YamlTags.Read(tag, text) is not { } made)
            {
                return BadTag(scalar, path);
            }

            value = made.Value;
        }
        else if (isPlain)
        {
            switch (PlainWord.Read(text, out value))
            {
                case PlainKind.Special:
                    problems.Error(place, "yaml:constructor", path, $"{text} alone has a special meaning in YAML", "put it in quotes");
                    return Damaged(place);
                case PlainKind.Damaged:
                    problems.Error(place, "yaml:constructor", path, $"\"{Short(text)}\" is no number that can be held", "put it in quotes if it is text");
                    return Damaged(place);
                default:
                    break;
            }
        }
        else if (argument == 0 && scalar.Style == YamlStyle.DoubleQuoted && this[scalar].Contains("${", StringComparison.Ordinal))
        {
            problems.Error(place, "interpolation", path, "${ inside double quotes cannot be read by Oumi", "use single quotes, or a block that begins with |");
            return Damaged(place);
        }

        return new RawScalar(place, value, new WrittenScalar(text, isPlain, value) { IsBlock = scalar.Style == YamlStyle.Literal });
    }

    private string this[YamlScalar scalar] => text[scalar.Start.Index..Math.Min(text.Length, Math.Max(scalar.Start.Index, scalar.End.Index))];

    private RawScalar BadTag(YamlNode node, string path)
    {
        problems.Error(
            Place(node.Start),
            "yaml:constructor",
            path,
            $"the tag {YamlTags.Name(node.Tag!)} is not allowed here",
            "remove it, or put the text in quotes"
        );
        return Damaged(Place(node.Start));
    }

    private static RawScalar Damaged(ConfigPlace place) => new(place, null, new WrittenScalar("", true, null), IsDamaged: true);

    private ConfigPlace Place(YamlMark mark) => argument > 0 ? new ConfigPlace(0, 0, argument) : new ConfigPlace(mark.Line + 1, mark.Column + 1);

    private static string Short(string text) => text.Length <= 40 ? text : text[..37] + "...";
}
