using System.Text.Json;

namespace Ilab.Jinja.Chat;

/// <summary>Reads whether a message is trained on: <c>weight</c> is 0 or 1; <c>train</c>, <c>training</c> and <c>unmask</c> are true or false.</summary>
public static class LearnedFlag
{
    private static readonly string[] Flags = ["train", "training", "unmask"];

    /// <param name="message">The message, an object.</param>
    /// <param name="place">Names it in errors.</param>
    /// <returns>Null if it does not say.</returns>
    /// <exception cref="FormatException">The value is neither yes nor no.</exception>
    public static bool? Of(JsonElement message, string place)
    {
        if (message.TryGetProperty("weight", out var weight) && weight.ValueKind != JsonValueKind.Null)
        {
            return weight.ValueKind == JsonValueKind.Number && weight.GetDouble() is 0 or 1
                ? weight.GetDouble() == 1
                : throw new FormatException($"{place} has the weight {weight.GetRawText()}, expected 0 or 1");
        }

        foreach (var flag in Flags)
        {
            if (message.TryGetProperty(flag, out var value) && value.ValueKind != JsonValueKind.Null)
            {
                return value.ValueKind is JsonValueKind.True or JsonValueKind.False
                    ? value.GetBoolean()
                    : throw new FormatException($"{place} has {flag}: {value.GetRawText()}, expected true or false");
            }
        }

        return null;
    }
}
