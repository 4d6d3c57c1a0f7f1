using System.Text.Json;
using Ilab.Gguf.Conversion.Tokenizers;

namespace Ilab.Gguf.Conversion.HuggingFace.Export;

/// <summary>The parts of a tokenizer.json that a unigram vocabulary has for itself.</summary>
internal static class UnigramWriter
{
    private const string Space = "\u2581";

    /// <summary>What is done to a text before it is cut.</summary>
    public static void WriteSteps(Utf8JsonWriter json, TokenizerData data)
    {
        json.WriteStartObject("normalizer");
        json.WriteString("type", "Sequence");
        json.WriteStartArray("normalizers");
        if (data.CharacterMap is { } map)
        {
            json.WriteStartObject();
            json.WriteString("type", "Precompiled");
            json.WriteBase64String("precompiled_charsmap", map);
            json.WriteEndObject();
        }

        if (data.MergesSpaces == true)
        {
            json.WriteStartObject();
            json.WriteString("type", "Strip");
            json.WriteBoolean("strip_left", false);
            json.WriteBoolean("strip_right", true);
            json.WriteEndObject();
            json.WriteStartObject();
            json.WriteString("type", "Replace");
            json.WriteStartObject("pattern");
            json.WriteString("Regex", Unigrams.RunOfSpaces);
            json.WriteEndObject();
            json.WriteString("content", " ");
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        WriteSpaces(json, "pre_tokenizer", data);
    }

    /// <summary>The pieces, and how they become text again.</summary>
    public static void WriteModel(Utf8JsonWriter json, TokenizerData data)
    {
        WriteSpaces(json, "decoder", data);
        json.WriteStartObject("model");
        json.WriteString("type", Unigrams.Kind);
        json.WritePropertyName("unk_id");
        JsonValues.Write(json, data.Special.Unknown);
        json.WriteStartArray("vocab");
        var end = Array.FindLastIndex(data.Kinds, static kind => kind != TokenKind.Unused);
        for (var id = 0; id <= end; id++)
        {
            json.WriteStartArray();
            json.WriteStringValue(data.Tokens[id]);
            json.WriteNumberValue(data.Scores![id]);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteBoolean("byte_fallback", data.Kinds.Contains(TokenKind.Byte));
        json.WriteEndObject();
    }

    private static void WriteSpaces(Utf8JsonWriter json, string name, TokenizerData data)
    {
        json.WriteStartObject(name);
        json.WriteString("type", "Metaspace");
        json.WriteString("replacement", Space);
        json.WriteString("prepend_scheme", data.Special.AddsSpacePrefix == false ? "never" : "always");
        json.WriteBoolean("split", true);
        json.WriteEndObject();
    }
}
