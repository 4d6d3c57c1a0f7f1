using System.Text.Json;
using Ilab.Gguf.Conversion.Tokenizers;

namespace Ilab.Gguf.Conversion.HuggingFace.Export;

/// <summary>The parts of a tokenizer.json that pieces of words have for themselves: BERT's.</summary>
internal static class WordPieceWriter
{
    private const int LongestWord = 100;

    /// <summary>What is done to a text before it is cut. The engine composes nothing and cuts as BERT does.</summary>
    public static void WriteSteps(Utf8JsonWriter json, TokenizerData data)
    {
        json.WriteStartObject("normalizer");
        json.WriteString("type", "BertNormalizer");
        json.WriteBoolean("clean_text", true);
        json.WriteBoolean("handle_chinese_chars", true);
        json.WritePropertyName("strip_accents");
        JsonValues.Write(json, data.Special.StripsAccents);
        json.WriteBoolean("lowercase", data.Special.Lowercases ?? true);
        json.WriteEndObject();
        json.WriteStartObject("pre_tokenizer");
        json.WriteString("type", "BertPreTokenizer");
        json.WriteEndObject();
    }

    /// <summary>The pieces, and how they become text again.</summary>
    public static void WriteModel(Utf8JsonWriter json, TokenizerData data)
    {
        json.WriteStartObject("decoder");
        json.WriteString("type", "WordPiece");
        json.WriteString("prefix", Vocabularies.Goes);
        json.WriteBoolean("cleanup", true);
        json.WriteEndObject();
        json.WriteStartObject("model");
        json.WriteString("type", "WordPiece");
        json.WriteString("unk_token", data.Special.Unknown is { } unknown ? TextOf(data, unknown) : "[UNK]");
        json.WriteString("continuing_subword_prefix", Vocabularies.Goes);
        json.WriteNumber("max_input_chars_per_word", LongestWord);
        json.WriteStartObject("vocab");
        for (var id = 0; id < data.Tokens.Length; id++)
        {
            if (data.Kinds[id] != TokenKind.Unused)
            {
                json.WriteNumber(TextOf(data, id), id);
            }
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>A piece as BERT writes it: what begins a word has no mark there, what goes on has.</summary>
    public static string TextOf(TokenizerData data, int id)
    {
        var token = data.Tokens[id];
        return data.Kinds[id] == TokenKind.Control ? token
            : token.StartsWith(Vocabularies.Space) ? token[1..]
            : Vocabularies.Goes + token;
    }
}
