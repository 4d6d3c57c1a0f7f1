using System.Globalization;
using System.Text.Json;
using Ilab.Http.Calls;

namespace Ilab.Http.Json;

/// <summary>Typed access to the fields of a JSON object of a request. A field that is null counts as absent.</summary>
/// <param name="element">The object.</param>
/// <param name="path">Its path within the request, for errors; empty = the request itself.</param>
/// <param name="index">Its place in the list that has that path; -1 = it is in none.</param>
internal readonly struct JsonFields(JsonElement element, string path, int index = -1)
{
    public JsonElement Element { get; } = element;

    public IEnumerable<JsonProperty> All => Element.EnumerateObject();

    /// <summary>Path of a field within the request, such as <c>messages[0].content</c>.</summary>
    public string PathOf(string name) =>
        path.Length == 0 ? name
        : index < 0 ? $"{path}.{name}"
        : $"{path}[{index}].{name}";

    public JsonElement? Value(string name) => Element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public bool Has(string name) => Value(name) is not null;

    public string? Text(string name) => Value(name) is { } value ? TextOf(value, PathOf(name)) : null;

    public string RequiredText(string name) => Text(name) ?? throw Missing(name, "a string");

    public bool? Flag(string name) =>
        Value(name) is not { } value ? null
        : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean()
        : throw Wrong(name, "true or false");

    public double? Number(string name, double least, double most)
    {
        if (Value(name) is not { } value)
        {
            return null;
        }

        var what = string.Create(CultureInfo.InvariantCulture, $"a number from {least} to {most}");
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number >= least && number <= most
            ? number
            : throw Wrong(name, what);
    }

    public long? Integer(string name, long least, long most)
    {
        if (Value(name) is not { } value)
        {
            return null;
        }

        if (TryInteger(value, out var number) && number >= least && number <= most)
        {
            return number;
        }

        var what =
            most == int.MaxValue || most == long.MaxValue
                ? string.Create(CultureInfo.InvariantCulture, $"an integer of at least {least}")
                : string.Create(CultureInfo.InvariantCulture, $"an integer from {least} to {most}");
        throw Wrong(name, least == long.MinValue ? "an integer" : what);
    }

    public JsonFields? Object(string name) =>
        Value(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Object ? new JsonFields(value, PathOf(name))
        : throw Wrong(name, "an object");

    /// <summary>The elements of a list; null = absent.</summary>
    public IReadOnlyList<JsonElement>? List(string name) =>
        Value(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()]
        : throw Wrong(name, "a list");

    /// <summary>The elements of a list of objects; null = absent.</summary>
    public IReadOnlyList<JsonFields>? Objects(string name)
    {
        var at = PathOf(name);
        return List(name)
            ?.Select(
                (item, index) =>
                    item.ValueKind == JsonValueKind.Object
                        ? new JsonFields(item, at, index) // a list may be long: its paths are only made for errors
                        : throw ProblemException.Invalid($"{at}[{index}] must be an object", $"{at}[{index}]")
            )
            .ToArray();
    }

    /// <summary>A string, or a list of strings; null = absent.</summary>
    public IReadOnlyList<string>? TextOrTexts(string name)
    {
        var at = PathOf(name);
        return Value(name) switch
        {
            null => null,
            { ValueKind: JsonValueKind.String } value => [TextOf(value, at)],
            { ValueKind: JsonValueKind.Array } value =>
            [
                .. value.EnumerateArray().Select((item, index) => item.ValueKind == JsonValueKind.String ? item.GetString()! : TextOf(item, $"{at}[{index}]")),
            ],
            _ => throw Wrong(name, "a string or a list of strings"),
        };
    }

    /// <summary>A list of integers from 0 to 2,147,483,647; null = absent.</summary>
    public IReadOnlyList<int>? Integers(string name, string what)
    {
        var wrong = Wrong(name, what);
        return List(name)?.Select(item => TryInteger(item, out var number) && number is >= 0 and <= int.MaxValue ? (int)number : throw wrong).ToArray();
    }

    /// <summary>Refuses fields that ask for something that is not done here, unless they have the value that asks for nothing.</summary>
    public void Refuse(string name, string why, params ReadOnlySpan<string> harmless)
    {
        if (Value(name) is { } value && !harmless.Contains(value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText()))
        {
            throw ProblemException.Invalid($"{PathOf(name)} is not supported: {why}", PathOf(name));
        }
    }

    public ProblemException Missing(string name, string what) => ProblemException.Invalid($"{PathOf(name)} is missing: it must be {what}", PathOf(name));

    public ProblemException Wrong(string name, string what) => ProblemException.Invalid($"{PathOf(name)} must be {what}", PathOf(name));

    public static JsonFields AsObject(JsonElement item, string at) =>
        item.ValueKind == JsonValueKind.Object ? new JsonFields(item, at) : throw ProblemException.Invalid($"{at} must be an object", at);

    public static bool TryInteger(JsonElement value, out long number)
    {
        number = 0;
        if (value.ValueKind != JsonValueKind.Number)
        {
            return false;
        }

        if (value.TryGetInt64(out number))
        {
            return true;
        }

        // Some languages have one type of numbers, and write 5 as 5.0.
        if (value.TryGetDouble(out var real) && Math.Abs(real) < 1L << 53 && real == Math.Floor(real))
        {
            number = (long)real;
            return true;
        }

        return false;
    }

    public static string TextOf(JsonElement value, string at) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()! : throw ProblemException.Invalid($"{at} must be a string", at);
}
