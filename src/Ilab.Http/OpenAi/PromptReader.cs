using System.Text.Json;
using Ilab.Http.Calls;
using Ilab.Http.Json;

namespace Ilab.Http.OpenAi;

/// <summary>Reads what may be a text, a list of texts, a list of token ids, or a list of such lists.</summary>
internal static class PromptReader
{
    private const string What = "a string, a list of strings, a list of token ids, or a list of such lists";

    /// <param name="most">Maximum number of prompts.</param>
    /// <exception cref="ProblemException">400, naming the field.</exception>
    public static IReadOnlyList<(string? Text, IReadOnlyList<int>? Tokens)> Read(JsonFields request, string name, int most)
    {
        var value = request.Value(name) ?? throw request.Missing(name, What);
        if (value.ValueKind == JsonValueKind.String)
        {
            return [(JsonFields.TextOf(value, name), null)];
        }

        var items = value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().ToArray() : [];
        if (items is [{ ValueKind: JsonValueKind.Number }, ..])
        {
            return [(null, Tokens(value, name))];
        }

        if (items.Length == 0 || items.Length > most)
        {
            throw request.Wrong(name, items.Length == 0 ? What : $"a list of at most {most} here");
        }

        return [.. items.Select((item, index) => Prompt(item, $"{name}[{index}]") ?? throw request.Wrong(name, What))];
    }

    private static (string? Text, IReadOnlyList<int>? Tokens)? Prompt(JsonElement item, string at) =>
        item.ValueKind switch
        {
            JsonValueKind.String => (JsonFields.TextOf(item, at), null),
            JsonValueKind.Array => (null, Tokens(item, at)),
            _ => null,
        };

    private static int[] Tokens(JsonElement list, string at)
    {
        var tokens = list.EnumerateArray()
            .Select(item =>
                JsonFields.TryInteger(item, out var token) && token is >= 0 and <= int.MaxValue
                    ? (int)token
                    : throw ProblemException.Invalid($"{at} must contain token ids only", at)
            )
            .ToArray();
        return tokens.Length > 0 ? tokens : throw ProblemException.Invalid($"{at} is empty", at);
    }
}
