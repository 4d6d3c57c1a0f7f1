using System.Text.Json;

namespace Ilab.Gguf.Json;

/// <summary>Values of a JSON object that may be missing, null or of another kind.</summary>
internal static class JsonAccess
{
    public static JsonElement? Find(this JsonElement element, string key) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public static JsonElement? Find(this JsonElement? element, string key) => element?.Find(key);

    public static string? Text(this JsonElement? element) => element is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    /// <summary>The number, which may be infinite or none at all: see <see cref="LenientJson"/>.</summary>
    public static double? Number(this JsonElement? element) =>
        element switch
        {
            { ValueKind: JsonValueKind.Number } value => value.TryGetDouble(out var number) ? number : null,
            { ValueKind: JsonValueKind.String } value => LenientJson.Constant(value.GetString()!),
            _ => null,
        };

    public static int? Int(this JsonElement? element) =>
        element is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out var number) ? number : null;

    public static bool? Flag(this JsonElement? element) =>
        element switch
        {
            { ValueKind: JsonValueKind.True } => true,
            { ValueKind: JsonValueKind.False } => false,
            _ => null,
        };

    public static IEnumerable<JsonElement> Items(this JsonElement? element) =>
        element is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray() : [];
}
