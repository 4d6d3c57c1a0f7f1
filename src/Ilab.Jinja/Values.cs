using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Ilab.Jinja;

/// <summary>
/// What rows and configurations hold: null, bool, long, double, string, lists (<c>List&lt;object?&gt;</c>) and mappings (<c>OrderedDictionary&lt;string,
/// object?&gt;</c>). Comparing and writing them follows Python, in whose terms pipelines were thought out.
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
    public static string Text(object? value) =>
        value switch
        {
            null => "None",
            bool flag => flag ? "True" : "False",
            string text => text,
            double number => Number(number),
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            List<object?> list => "[" + string.Join(", ", list.Select(Quoted)) + "]",
            IDictionary<string, object?> mapping => "{" + string.Join(", ", mapping.Select(static pair => $"{Quoted(pair.Key)}: {Quoted(pair.Value)}")) + "}",
            _ => value.ToString() ?? "",
        };

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

    private static string Quoted(object? value) =>
        value is string text
            ? "'"
                + text.Replace("\\", "\\\\", StringComparison.Ordinal)
                    .Replace("'", "\\'", StringComparison.Ordinal)
                    .Replace("\n", "\\n", StringComparison.Ordinal)
                + "'"
            : Text(value);

    private static string Number(double number)
    {
        if (double.IsNaN(number))
        {
            return "nan";
        }

        if (double.IsInfinity(number))
        {
            return number > 0 ? "inf" : "-inf";
        }

        var text = new StringBuilder(number.ToString("R", CultureInfo.InvariantCulture));
        return text.ToString().AsSpan().IndexOfAny('.', 'E') < 0 ? text.Append(".0").ToString() : text.ToString().Replace('E', 'e');
    }
}
