using System.Globalization;

namespace Ilab.Yaml;

/// <summary>
/// Gives every node its kind and every mapping its entries, as a safe loader of YAML 1.1 does: tags, merge keys, keys that cannot be keys. Works through the
/// graph once, each node once.
/// </summary>
public sealed class YamlConstructor
{
    private const string MergeTag = YamlTyping.Prefix + "merge";
    private const string ValueTag = YamlTyping.Prefix + "value";
    private const int MostMerged = 200_000;

    private readonly HashSet<YamlNode> _merging = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<YamlNode> _flat = new(ReferenceEqualityComparer.Instance);
    private int _merged;

    /// <exception cref="YamlException">A value that cannot be made.</exception>
    public static void Construct(YamlNode root)
    {
        var work = new Queue<YamlNode>([root]);
        var constructor = new YamlConstructor();
        while (work.TryDequeue(out var node))
        {
            if (node.Kind != YamlKind.Unknown)
            {
                continue;
            }

            constructor.Make(node);
            switch (node)
            {
                case YamlSequence sequence:
                    sequence.Items.ForEach(work.Enqueue);
                    break;
                case YamlMapping mapping:
                    foreach (var (_, value) in mapping.Pairs)
                    {
                        work.Enqueue(value);
                    }

                    break;
                default:
                    break;
            }
        }
    }

    private static string TagOf(YamlNode node) =>
        node switch
        {
            { Tag: { } tag } => tag,
            YamlScalar scalar => YamlTyping.Prefix + (scalar.IsPlain ? YamlTyping.NameOf(scalar.Text) : "str"),
            YamlSequence => YamlTyping.Prefix + "seq",
            _ => YamlTyping.Prefix + "map",
        };

    private void Make(YamlNode node)
    {
        var tag = TagOf(node);
        var name = tag.StartsWith(YamlTyping.Prefix, StringComparison.Ordinal) ? tag[YamlTyping.Prefix.Length..] : "";
        switch (name)
        {
            case "null" or "bool" or "int" or "float" or "str" or "timestamp" or "binary" when node is YamlScalar scalar:
                MakeScalar(scalar, name);
                break;
            case "seq" when node is YamlSequence:
                node.Kind = YamlKind.Sequence;
                break;
            case "map" when node is YamlMapping mapping:
                node.Kind = YamlKind.Mapping;
                MakeEntries(mapping);
                break;
            case "set" when node is YamlMapping mapping:
                node.Kind = YamlKind.Other;
                MakeEntries(mapping);
                break;
            case "omap" or "pairs" when node is YamlSequence sequence:
                node.Kind = YamlKind.Other;
                if (sequence.Items.Find(static item => item is not YamlMapping { Pairs.Count: 1 }) is { } odd)
                {
                    throw Error(odd, $"!!{name} wants pairs", "remove the tag");
                }

                break;
            case "merge" or "value" when node is YamlScalar scalar:
                throw Error(node, $"{scalar.Text} alone has a special meaning in YAML", "put it in quotes");
            default:
                throw Error(
                    node,
                    name.Length > 0 ? $"!!{name} does not fit this value" : $"the tag {tag} is not known",
                    "remove the tag, or put the text in quotes"
                );
        }
    }

    private static void MakeScalar(YamlScalar scalar, string name)
    {
        var text = scalar.Text;
        (scalar.Kind, var identity) = name switch
        {
            "null" => (YamlKind.Null, "z"),
            "bool" => (YamlKind.Boolean, YamlTyping.Boolean(text) is { } flag ? $"b:{flag}" : null),
            "int" => (YamlKind.Integer, YamlTyping.Integer(text) is { } whole ? $"n:{whole}" : null),
            "float" => (YamlKind.Float, YamlTyping.Float(text) is { } number ? YamlTyping.NumberIdentity(number) : null),
            "timestamp" => (YamlKind.Date, YamlTyping.IsTime(text) ? "t:" + text : null),
            "binary" => (YamlKind.Binary, IsBase64(text) ? "y:" + text : null),
            _ => (YamlKind.Text, YamlTyping.TextIdentity(text)),
        };
        scalar.Identity =
            identity
            ?? throw Error(
                scalar,
                $"\"{Short(text)}\" looks like {(name == "timestamp" ? "a date or time" : $"a value of type {name}")} and is none",
                "put it in quotes"
            );
    }

    private void MakeEntries(YamlMapping mapping)
    {
        Flatten(mapping);
        foreach (var (key, value) in mapping.Pairs)
        {
            if (key is not YamlScalar scalar)
            {
                throw Error(key, "a list or a mapping cannot be a key", "put the text in quotes; braces and brackets have a meaning in YAML");
            }

            if (scalar.Kind == YamlKind.Unknown)
            {
                Make(scalar);
            }

            // True and 1 are the same key to the reference, as are 1 and 1.0.
            var identity = scalar.Identity switch
            {
                "b:True" => "n:1",
                "b:False" => "n:0",
                _ => scalar.Identity,
            };
            mapping.Entries[identity] = mapping.Entries.TryGetValue(identity, out var earlier) ? (earlier.Key, value) : (scalar, value);
        }
    }

    /// <summary>Puts what &lt;&lt; names in front of the mapping's own pairs, each key once.</summary>
    private void Flatten(YamlMapping mapping, int depth = 0)
    {
        if (!_flat.Add(mapping))
        {
            return;
        }

        var merged = new List<(YamlNode Key, YamlNode Value)>();
        var own = new List<(YamlNode Key, YamlNode Value)>();
        foreach (var (key, value) in mapping.Pairs)
        {
            var tag = TagOf(key);
            if (key is YamlScalar && tag == MergeTag)
            {
                Merge(mapping, value, merged, depth);
            }
            else
            {
                own.Add(
                    (key is YamlScalar { Text: var text } && tag == ValueTag ? new YamlScalar(YamlTyping.Prefix + "str", key.Start, text, false) : key, value)
                );
            }
        }

        mapping.Pairs.Clear();
        mapping.Pairs.AddRange(Unique(merged));
        mapping.Pairs.AddRange(own);
    }

    private void Merge(YamlMapping mapping, YamlNode value, List<(YamlNode Key, YamlNode Value)> merged, int depth)
    {
        List<YamlNode> sources = value is YamlSequence list ? [.. list.Items.AsEnumerable().Reverse()] : [value];
        foreach (var source in sources)
        {
            if (source is not YamlMapping other)
            {
                throw Error(source, "<< takes a mapping, or a list of mappings", "name them with *, or put << in quotes");
            }

            if (depth > YamlParser.Deepest || !_merging.Add(mapping) || _merging.Contains(other))
            {
                throw new YamlException(YamlStage.Depth, source.Start, "a mapping that merges itself, or a chain of << that is too long", "remove the <<");
            }

            Flatten(other, depth + 1);
            _merging.Remove(mapping);
            merged.AddRange(other.Pairs);
            if ((_merged += other.Pairs.Count) > MostMerged)
            {
                throw new YamlException(YamlStage.Limit, source.Start, $"<< adds more than {MostMerged} pairs", "write the values out");
            }
        }
    }

    private static IEnumerable<(YamlNode Key, YamlNode Value)> Unique(List<(YamlNode Key, YamlNode Value)> pairs)
    {
        var seen = new Dictionary<(string, string), int>();
        var unique = new List<(YamlNode Key, YamlNode Value)>();
        foreach (var pair in pairs)
        {
            if (pair.Key is not YamlScalar key || seen.TryAdd((TagOf(key), key.Text), unique.Count))
            {
                unique.Add(pair);
            }
            else
            {
                unique[seen[(TagOf(key), key.Text)]] = pair;
            }
        }

        return unique;
    }

    private static bool IsBase64(string text)
    {
        var compact = string.Concat(text.Where(static c => !char.IsWhiteSpace(c)));
        return compact.All(char.IsAscii) && Convert.TryFromBase64String(compact, new byte[compact.Length], out _);
    }

    private static string Short(string text) => text.Length <= 40 ? text : string.Create(CultureInfo.InvariantCulture, $"{text.AsSpan(0, 37)}...");

    private static YamlException Error(YamlNode node, string message, string fix) => new(YamlStage.Constructor, node.Start, message, fix);
}
