using System.Text.Json;

namespace Ilab.Data.Datasets.Shapes;

/// <summary>
/// Finds texts that are valid JSON and no text: an escape for half of a character, or bytes that are not UTF-8. Such a record could be stored, but not be
/// shown,
/// mixed or trained on.
/// </summary>
internal static class WellFormed
{
    /// <exception cref="FormatException">Names where the text is. What is not JSON at all is left to the parser.</exception>
    public static void Check(ReadOnlySpan<byte> json)
    {
        if (!System.Text.Unicode.Utf8.IsValid(json))
        {
            throw new FormatException($"not valid UTF-8 at byte {FirstInvalid(json) + 1}");
        }

        if (json.IndexOf("\\u"u8) < 0)
        {
            return; // only an escape can be half of a character
        }

        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 64 });
        var key = "";
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
                {
                    var text = TextOf(ref reader, key);
                    key = reader.TokenType == JsonTokenType.PropertyName ? text : key;
                }
            }
        }
        catch (JsonException)
        {
            // Not JSON: the parser says so.
        }
    }

    private static string TextOf(ref Utf8JsonReader reader, string key)
    {
        try
        {
            return reader.GetString() ?? "";
        }
        catch (InvalidOperationException exception)
        {
            var what =
                reader.TokenType == JsonTokenType.PropertyName ? "a key"
                : key.Length > 0 ? key
                : "a text";
            throw new FormatException($"{what} is not well-formed Unicode at byte {reader.TokenStartIndex + 1} (half of a surrogate pair)", exception);
        }
    }

    private static int FirstInvalid(ReadOnlySpan<byte> bytes)
    {
        var position = 0;
        while (System.Text.Rune.DecodeFromUtf8(bytes[position..], out _, out var length) == System.Buffers.OperationStatus.Done)
        {
            position += length;
        }

        return position;
    }
}
