using System.Text.Json;

namespace Ilab.Runner.Tests.Training.Data;

/// <summary>A message as it was meant.</summary>
/// <param name="Extra">Its other keys with their values as JSON.</param>
public sealed record MeantMessage(string Role, string Content, IReadOnlyList<(string Key, string Json)> Extra);

/// <summary>A line of a file of records, and what it means.</summary>
/// <param name="Others">Keys of the record beside those of its shape, with their values as JSON.</param>
/// <param name="IsPlain">A training reads it as text, not as a conversation.</param>
public sealed record RandomRecord(string Line, IReadOnlyList<MeantMessage> Messages, IReadOnlyList<(string Key, string Json)> Others, bool IsPlain = false)
{
    public override string ToString() => Line;
}

/// <summary>
/// Whether two pieces of JSON mean the same to the last digit: escapes and white space do not count, the order of keys and the digits of numbers do.
/// </summary>
internal static class SameJson
{
    public static bool Means(this JsonElement actual, string expected)
    {
        using var document = JsonDocument.Parse(expected);
        return Same(actual, document.RootElement);
    }

    private static bool Same(JsonElement left, JsonElement right) =>
        left.ValueKind == right.ValueKind
        && left.ValueKind switch
        {
            JsonValueKind.Number => left.GetRawText() == right.GetRawText(),
            JsonValueKind.String => left.GetString() == right.GetString(),
            JsonValueKind.Array => left.GetArrayLength() == right.GetArrayLength()
                && left.EnumerateArray().Zip(right.EnumerateArray()).All(static pair => Same(pair.First, pair.Second)),
            JsonValueKind.Object => left.GetPropertyCount() == right.GetPropertyCount()
                && left.EnumerateObject()
                    .Zip(right.EnumerateObject())
                    .All(static pair => pair.First.Name == pair.Second.Name && Same(pair.First.Value, pair.Second.Value)),
            _ => true,
        };
}
