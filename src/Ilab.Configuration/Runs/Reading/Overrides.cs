using Ilab.Configuration.Runs.Problems;
using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Runs.Reading;

/// <summary>Overrides such as <c>training.max_steps=7</c> or <c>data.train.datasets[0].sample_count=10</c>, laid over what the file says.</summary>
internal static class Overrides
{
    public static void Apply(RawMap root, IReadOnlyList<string> arguments, ProblemList problems)
    {
        for (var index = 0; index < arguments.Count; index++)
        {
            var place = new ConfigPlace(0, 0, index + 1);
            var argument = arguments[index];
            var at = argument.IndexOf('=', StringComparison.Ordinal);
            var key = at < 0 ? "" : argument[..at].TrimStart('-').Trim();
            if (key.Length == 0 || Parts(key) is not { } parts)
            {
                problems.Error(place, "override", "", "not an override", "write section.field=value, such as training.max_steps=100");
                continue;
            }

            var text = argument[(at + 1)..];
            if (text.Contains("${", StringComparison.Ordinal))
            {
                problems.Error(place, "interpolation", key, "${...} is not filled in", "write the value itself");
                continue;
            }

            var value = text.Trim().Length == 0 ? Null(place) : RawReader.Read(text, problems, index + 1);
            if (value is RawScalar { IsMissing: true })
            {
                problems.Error(place, "missing", key, "??? stands for a value that is missing", "write the value");
            }
            else if (value is not null)
            {
                if (Set(root, parts, value, place) is { } problem)
                {
                    problems.Error(place, "index", key, problem, "name an item that is there, or write the list in the file");
                }
            }
        }
    }

    /// <summary>Sets the value at a path.</summary>
    /// <returns>What is wrong with the path; null when it was set.</returns>
    public static string? Set(RawMap root, string path, RawNode value)
    {
        if (Parts(path) is not { } parts)
        {
            return $"{path} is no path";
        }

        return Set(root, parts, value, value.Place);
    }

    /// <summary>What stands at a path; null when nothing does.</summary>
    public static RawNode? Find(RawMap root, string path)
    {
        RawNode? node = root;
        foreach (var part in Parts(path) ?? [""])
        {
            node = node switch
            {
                RawMap map => map.Find(part)?.Value,
                RawList list when int.TryParse(part.Trim('[', ']'), out var index) && index >= 0 && index < list.Items.Count => list.Items[index],
                _ => null,
            };
        }

        return node;
    }

    private static RawScalar Null(ConfigPlace place) => new(place, null, new WrittenScalar("", true, null));

    private static RawScalar Key(ConfigPlace place, string name) => new(place, name, new WrittenScalar(name, true, name));

    /// <summary>Names, and indexes as <c>[0]</c>; null when the path cannot be read.</summary>
    private static List<string>? Parts(string key)
    {
        var parts = new List<string>();
        foreach (var part in key.Split('.'))
        {
            var open = part.IndexOf('[', StringComparison.Ordinal);
            var name = open < 0 ? part : part[..open];
            if (name.Length > 0)
            {
                parts.Add(name);
            }
            else if (open < 0)
            {
                return null;
            }

            for (; open >= 0; open = part.IndexOf('[', open + 1))
            {
                var close = part.IndexOf(']', open);
                if (close < 0 || !int.TryParse(part.AsSpan(open + 1, close - open - 1), out _))
                {
                    return null;
                }

                parts.Add(part[open..(close + 1)]);
            }
        }

        return parts;
    }

    private static string? Set(RawMap root, List<string> parts, RawNode value, ConfigPlace place)
    {
        RawNode node = root;
        for (var index = 0; index < parts.Count; index++)
        {
            var isLast = index == parts.Count - 1;
            var part = parts[index];
            if (node is RawList list)
            {
                if (!int.TryParse(part.Trim('[', ']'), out var item) || item < 0 || item >= list.Items.Count)
                {
                    var has = list.Items.Count switch
                    {
                        0 => "the list is empty",
                        1 => "the list has one item, [0]",
                        var count => $"the list has {count} items, [0] to [{count - 1}]",
                    };
                    return $"there is no item {part}: {has}";
                }

                node = list.Items[item] = isLast ? Merged(list.Items[item], value) : Container(list.Items[item], place);
                continue;
            }

            if (part.StartsWith('['))
            {
                return $"there is no item {part}: there is no such list";
            }

            var map = (RawMap)node;
            var old = map.Find(part);
            node = isLast ? Merged(old?.Value, value) : Container(old?.Value, place);
            map.Set(isLast || old is null ? Key(place, part) : old.Key, node);
        }

        return null;
    }

    private static RawNode Container(RawNode? node, ConfigPlace place) => node is RawMap or RawList ? node : new RawMap(place, []);

    private static RawNode Merged(RawNode? old, RawNode value)
    {
        if (old is not RawMap before || value is not RawMap after)
        {
            return value;
        }

        foreach (var pair in after.Pairs)
        {
            before.Set(pair.Key, Merged(before.Find(pair.Key.Value)?.Value, pair.Value));
        }

        return before;
    }
}
