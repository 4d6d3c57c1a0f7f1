using System.Text.Json;
using System.Text.Json.Nodes;
using Ilab.Jinja.Objects;

namespace Ilab.Jinja;

/// <summary>
/// Values that callers give to templates, as rows and configurations hold them: null, bool, long, double, string, lists (<c>List&lt;object?&gt;</c>) and mappings (<c>OrderedDictionary&lt;string,
/// object?&gt;</c>). Comparison and text follow Python.
/// </summary>
public static class Values
{
    public static object? FromJson(JsonElement element) =>
        element.ValueKind switch
        {
            JsonValueKind.String => element.GetString(),
            JsonValueKind.Number => element.TryGetInt64(out var whole) ? (object)whole : element.GetDouble(),
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.Array => element.EnumerateArray().Select(FromJson).ToList(),
            JsonValueKind.Object => new OrderedDictionary<string, object?>(
                element.EnumerateObject().Select(static property => KeyValuePair.Create(property.Name, FromJson(property.Value)))
            ),
            _ => null,
        };

    public static JsonNode? ToJson(object? value) =>
        value switch
        {
            null => null,
            bool flag => JsonValue.Create(flag),
            long whole => JsonValue.Create(whole),
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
            _ => null,
        };
}
