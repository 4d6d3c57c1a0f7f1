using System.Text.Json;
using Ilab.Gguf.Conversion.Tokenizers;

namespace Ilab.Gguf.Conversion.HuggingFace.Export;

/// <summary>What is put around texts, as tokenizer.json has it; without a template the flags of tokenizer_config.json say it.</summary>
internal static class FrameWriter
{
    // Places of the two texts among the ids.
    private const int First = -1,
        Second = -2;

    public static void Write(Utf8JsonWriter json, TokenizerData data)
    {
        json.WritePropertyName("post_processor");
        var special = data.Special;
        var begin = special is { AddsBegin: true, Begin: { } first } ? first : (int?)null;
        var end = special is { AddsEnd: true, End: { } last } ? last : (int?)null;
        var between = special.AddsSeparator == true ? special.Separator : null;
        if (begin is null && end is null && between is null)
        {
            json.WriteNullValue();
            return;
        }

        int?[] single = [begin, First, end];
        // Encoders put one begin before both texts, and what ends the first also before the second where it separates them.
        int?[] pair =
            between is not null ? [begin, First, end ?? between, end is null ? null : between, Second, end]
            : special.AddsSeparator is null ? [begin, First, Second, end]
            : data.Model == Vocabularies.WordPieces ? [begin, First, end, Second, end]
            : [begin, First, end, begin, Second, end];
        json.WriteStartObject();
        json.WriteString("type", "TemplateProcessing");
        WriteTemplate(json, data, "single", single);
        WriteTemplate(json, data, "pair", pair);
        json.WriteStartObject("special_tokens");
        foreach (var id in new[] { begin, end, between }.OfType<int>().Distinct())
        {
            json.WriteStartObject(data.Tokens[id]);
            json.WriteString("id", data.Tokens[id]);
            json.WriteStartArray("ids");
            json.WriteNumberValue(id);
            json.WriteEndArray();
            json.WriteStartArray("tokens");
            json.WriteStringValue(data.Tokens[id]);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteTemplate(Utf8JsonWriter json, TokenizerData data, string name, int?[] parts)
    {
        json.WriteStartArray(name);
        var second = Array.IndexOf(parts, Second);
        for (var index = 0; index < parts.Length; index++)
        {
            if (parts[index] is { } part)
            {
                json.WriteStartObject();
                json.WriteStartObject(part < 0 ? "Sequence" : "SpecialToken");
                json.WriteString("id", part < 0 ? (part == First ? "A" : "B") : data.Tokens[part]);
                // A begin of its own belongs to the second text.
                var isOfSecond = second >= 0 && (index >= second || (index == second - 1 && parts[index] == parts[0] && index > 2));
                json.WriteNumber("type_id", isOfSecond ? 1 : 0);
                json.WriteEndObject();
                json.WriteEndObject();
            }
        }

        json.WriteEndArray();
    }
}
