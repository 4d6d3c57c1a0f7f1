using System.Globalization;
using Ilab.Yaml;

namespace Ilab.Data.Pipelines;

/// <summary>Converts YAML nodes to template values.</summary>
internal static class YamlValues
{
    private const int MostNodes = 200_000;

    /// <exception cref="FormatException">It refers to itself, or is too large.</exception>
    public static object? From(YamlNode? node)
    {
        var left = MostNodes;
        return From(node, ref left);
    }

    private static object? From(YamlNode? node, ref int left)
    {
        if (--left < 0)
        {
            throw new FormatException("the file is too large, or refers to itself");
        }

        switch (node)
        {
            case YamlSequence sequence:
                var list = new List<object?>();
                foreach (var item in sequence.Items)
                {
                    list.Add(From(item, ref left));
                }

                return list;
            case YamlMapping mapping:
                var values = new OrderedDictionary<string, object?>();
                foreach (var (key, value) in mapping.Entries.Values)
                {
                    values[key.Text] = From(value, ref left);
                }

                return values;
            case YamlScalar scalar:
                return scalar.Kind switch
                {
                    YamlKind.Null => null,
                    YamlKind.Boolean => scalar.Identity == "b:True",
                    YamlKind.Integer => long.TryParse(scalar.Identity.AsSpan(2), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)
                        ? whole
                        : scalar.Text,
                    YamlKind.Float => YamlTyping.Float(scalar.Text) ?? (object)scalar.Text,
                    _ => scalar.Text,
                };
            default:
                return null;
        }
    }
}
