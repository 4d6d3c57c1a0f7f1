using System.Text.Json;
using Ilab.Gguf.Conversion.Tokenizers;

namespace Ilab.Gguf.Conversion.HuggingFace.Export;

/// <summary>The parts of a tokenizer.json that vocabularies with merges have for themselves.</summary>
internal static class PairWriter
{
    private const string SpaceSign = """{"type":"Replace","pattern":{"String":" "},"content":"\u2581"}""",
        SpaceAgain = """{"type":"Replace","pattern":{"String":"\u2581"},"content":" "}""";

    /// <summary>BPE over bytes.</summary>
    public static void WriteBytes(Utf8JsonWriter json, TokenizerData data)
    {
        json.WritePropertyName("decoder");
        json.WriteRawValue("""{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":false,"use_regex":false}""");
        WriteModel(json, data, isOfBytes: true, static kind => kind == TokenKind.Normal);
    }

    /// <summary>What BPE over characters does to a text before it is merged.</summary>
    public static void WriteCharacterSteps(Utf8JsonWriter json)
    {
        json.WritePropertyName("normalizer");
        json.WriteRawValue(SpaceSign);
        json.WritePropertyName("pre_tokenizer");
        json.WriteRawValue("""{"type":"Split","pattern":{"String":" "},"behavior":"MergedWithPrevious","invert":false}""");
    }

    /// <summary>BPE over characters; what has no token is spelled in bytes.</summary>
    public static void WriteCharacters(Utf8JsonWriter json, TokenizerData data)
    {
        json.WritePropertyName("decoder");
        json.WriteRawValue($$"""{"type":"Sequence","decoders":[{{SpaceAgain}},{"type":"ByteFallback"},{"type":"Fuse"}]}""");
        WriteModel(json, data, isOfBytes: false, static kind => kind != TokenKind.Unused);
    }

    private static void WriteModel(Utf8JsonWriter json, TokenizerData data, bool isOfBytes, Func<TokenKind, bool> isPiece)
    {
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        json.WriteNull("dropout");
        json.WritePropertyName("unk_token");
        JsonValues.Write(json, !isOfBytes && data.Special.Unknown is { } unknown ? data.Tokens[unknown] : null);
        json.WriteNull("continuing_subword_prefix");
        json.WriteNull("end_of_word_suffix");
        json.WriteBoolean("fuse_unk", !isOfBytes);
        json.WriteBoolean("byte_fallback", !isOfBytes);
        json.WriteBoolean("ignore_merges", data.Pre is "llama-bpe" or "llama3" or "llama-v3" or "tekken");
        json.WriteStartObject("vocab");
        for (var id = 0; id < data.Tokens.Length; id++)
        {
            if (isPiece(data.Kinds[id]))
            {
                json.WriteNumber(data.Tokens[id], id);
            }
        }

        json.WriteEndObject();
        json.WriteStartArray("merges");
        foreach (var merge in data.Merges!)
        {
            var space = merge.IndexOf(' ', 1);
            json.WriteStartArray();
            json.WriteStringValue(merge[..space]);
            json.WriteStringValue(merge[(space + 1)..]);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
