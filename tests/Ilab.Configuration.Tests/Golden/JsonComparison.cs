using System.Globalization;
using System.Text.Json;
using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Tests.Golden;

/// <summary>Compares values with what the reference wrote as JSON.</summary>
internal static class JsonComparison
{
    /// <summary>Paths and what differs there.</summary>
    /// <param name="before">Values at paths that the reference changed by itself afterwards.</param>
    public static IEnumerable<string> Differences(JsonElement expected, ConfigNode? actual, string path, IReadOnlyDictionary<string, JsonElement> before)
    {
        if (before.TryGetValue(path, out var earlier))
        {
            (expected, before) = (earlier, new Dictionary<string, JsonElement>());
        }

        switch (expected.ValueKind)
        {
            case JsonValueKind.Object when !IsSpecial(expected):
                return Members(expected, actual, path, before);
            case JsonValueKind.Array:
                return actual is ConfigList list && list.Items.Count == expected.GetArrayLength()
                    ? expected.EnumerateArray().SelectMany((item, index) => Differences(item, list.Items[index], $"{path}[{index}]", before))
                    : [$"{path}: {expected} against {Shown(actual)}"];
            default:
                return actual is ConfigScalar scalar && IsEqual(expected, scalar.Value) ? [] : [$"{path}: {expected} against {Shown(actual)}"];
        }
    }

    public static bool IsEqual(JsonElement expected, object? actual) =>
        expected.ValueKind switch
        {
            JsonValueKind.Null => actual is null,
            JsonValueKind.True => actual is true,
            JsonValueKind.False => actual is false,
            JsonValueKind.String => actual is string text && text == expected.GetString(),
            JsonValueKind.Number when expected.GetRawText().All(static c => char.IsAsciiDigit(c) || c == '-') => actual is Int128 whole
                && whole == Int128.Parse(expected.GetRawText(), CultureInfo.InvariantCulture),
            JsonValueKind.Number => actual is double number && number == expected.GetDouble(),
            JsonValueKind.Object when expected.TryGetProperty("$float", out var special) => actual is double number
                && PythonText.Of(number) == special.GetString(),
            _ => false,
        };

    private static IEnumerable<string> Members(JsonElement expected, ConfigNode? actual, string path, IReadOnlyDictionary<string, JsonElement> before)
    {
        foreach (var member in expected.EnumerateObject())
        {
            var below = path.Length == 0 ? member.Name : $"{path}.{member.Name}";
            if (before.TryGetValue(below, out var earlier) && IsAbsent(earlier))
            {
                continue;
            }

            var name = member.Name.StartsWith("$int:", StringComparison.Ordinal) ? member.Name[5..] : member.Name;
            var value = actual switch
            {
                ConfigSection section => section.Class.Find(name) is null ? null : section[name],
                ConfigMap map => map.Pairs.FirstOrDefault(pair => PythonText.Of(pair.Key) == name)?.Value,
                _ => null,
            };
            if (value is null)
            {
                yield return $"{below}: {member.Value} against nothing";
                continue;
            }

            foreach (var difference in Differences(member.Value, value, below, before))
            {
                yield return difference;
            }
        }

        if (actual is ConfigMap { Pairs: var pairs } && pairs.FirstOrDefault(pair => !Has(expected, pair.Key)) is { } extra)
        {
            yield return $"{path}.{extra.Key}: more than expected";
        }
        else if (actual is not (ConfigMap or ConfigSection))
        {
            yield return $"{path}: {expected} against {Shown(actual)}";
        }
    }

    private static bool Has(JsonElement expected, object key) =>
        expected.EnumerateObject().Any(member => member.Name == PythonText.Of(key) || member.Name == "$int:" + PythonText.Of(key));

    private static bool IsAbsent(JsonElement value) => value.ValueKind == JsonValueKind.String && value.GetString() == "<absent>";

    private static bool IsSpecial(JsonElement value) => value.TryGetProperty("$float", out _);

    private static string Shown(ConfigNode? node) =>
        node is ConfigScalar { Value: var value } ? $"{value?.GetType().Name} {PythonText.Of(value)}" : node?.GetType().Name ?? "nothing";
}
