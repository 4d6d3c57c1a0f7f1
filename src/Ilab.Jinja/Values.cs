using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ilab.Jinja.Objects;

namespace Ilab.Jinja;

/// <summary>
/// Values that callers give to templates, as rows and configurations hold them: null, bool, long, double, string, lists (<c>List&lt;object?&gt;</c>), mappings
/// (<c>OrderedDictionary&lt;string, object?&gt;</c>), and integers beyond 64 bits, which templates only print. Comparison and text follow Python.
/// </summary>
public static class Values
{
    /// <summary>Digits of the longest integer that Python reads.</summary>
    private const int LongestInteger = 4300;

    public static object? FromJson(JsonElement element) =>
        element.ValueKind switch
        {
            JsonValueKind.String => element.GetString(),
            JsonValueKind.Number => Number(element),
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.Array => element.EnumerateArray().Select(FromJson).ToList(),
            JsonValueKind.Object => Mapping(element),
            _ => null,
        };

    public static JsonNode? ToJson(object? value) =>
        value switch
        {
            null => null,
            bool flag => JsonValue.Create(flag),
            long whole => JsonValue.Create(whole),
            BigInteger large => JsonNode.Parse(large.ToString(CultureInfo.InvariantCulture)),
            double number => double.IsFinite(number) ? JsonValue.Create(number) : JsonValue.Create(Text(number)),
            string text => JsonValue.Create(text),
            List<object?> list => new JsonArray([.. list.Select(ToJson)]),
            IDictionary<string, object?> mapping => new JsonObject(mapping.Select(static pair => KeyValuePair.Create(pair.Key, ToJson(pair.Value)))),
            _ => JsonValue.Create(value.ToString()),
        };

    /// <summary>As Python's <c>str</c> writes it.</summary>
    public static string Text(object? value)
    {
        if (value is string text)
        {
            return text;
        }

        var runtime = Runtime.Unbounded();
        return Repr.Text(Import.From(value, runtime), runtime);
    }

    public static bool IsTrue(object? value) =>
        value switch
        {
            null => false,
            bool flag => flag,
            long whole => whole != 0,
            double number => number != 0,
            string text => text.Length > 0,
            List<object?> list => list.Count > 0,
            IDictionary<string, object?> mapping => mapping.Count > 0,
            _ => true,
        };

    public static new bool Equals(object? one, object? other) =>
        (one, other) switch
        {
            (null, null) => true,
            (null, _) or (_, null) => false,
            (string a, string b) => a == b,
            (List<object?> a, List<object?> b) => a.Count == b.Count && a.Zip(b).All(static pair => Equals(pair.First, pair.Second)),
            (IDictionary<string, object?> a, IDictionary<string, object?> b) => a.Count == b.Count
                && a.All(pair => b.TryGetValue(pair.Key, out var value) && Equals(pair.Value, value)),
            _ => AsNumber(one) is { } a && AsNumber(other) is { } b && a.Equals(b),
        };

    /// <returns>Below zero, zero, above; null when they cannot be ordered.</returns>
    public static int? Compare(object? one, object? other) =>
        one is string a && other is string b ? string.CompareOrdinal(a, b)
        : AsNumber(one) is { } x && AsNumber(other) is { } y && !double.IsNaN(x) && !double.IsNaN(y) ? x.CompareTo(y)
        : null;

    public static double? AsNumber(object? value) =>
        value switch
        {
            bool flag => flag ? 1 : 0,
            long whole => whole,
            double number => number,
            BigInteger large => (double)large,
            _ => null,
        };

    private static object Number(JsonElement element)
    {
        if (element.TryGetInt64(out var whole))
        {
            return whole;
        }

        var text = element.GetRawText();
        return text.Length <= LongestInteger && BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var large)
            ? large
            : element.GetDouble();
    }

    /// <summary>Of properties with the same name, the last counts.</summary>
    private static OrderedDictionary<string, object?> Mapping(JsonElement element)
    {
        var mapping = new OrderedDictionary<string, object?>();
        foreach (var property in element.EnumerateObject())
        {
            mapping[property.Name] = FromJson(property.Value);
        }

        return mapping;
    }
}
