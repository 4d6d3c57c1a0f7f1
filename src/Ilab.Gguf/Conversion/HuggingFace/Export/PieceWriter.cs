using System.Text.Json;
using Ilab.Gguf.Conversion.Tokenizers;

namespace Ilab.Gguf.Conversion.HuggingFace.Export;

/// <summary>
/// SentencePiece's merged pieces as BPE with byte fallback: a piece with a score becomes the merges that make it, better scores first, as transformers makes
/// a tokenizer.json of a tokenizer.model.
/// </summary>
internal static class PieceWriter
{
    private const string SpaceSign = """{"type":"Replace","pattern":{"String":" "},"content":"\u2581"}""",
        SpaceAgain = """{"type":"Replace","pattern":{"String":"\u2581"},"content":" "}""",
        Prefix = """{"type":"Prepend","prepend":"\u2581"}""",
        WithoutPrefix = """{"type":"Strip","content":" ","start":1,"stop":0}""";

    /// <summary>What is done to a text before it is merged.</summary>
    public static void WriteSteps(Utf8JsonWriter json, TokenizerData data)
    {
        json.WritePropertyName("normalizer");
        json.WriteRawValue(HasPrefix(data) ? $$"""{"type":"Sequence","normalizers":[{{Prefix}},{{SpaceSign}}]}""" : SpaceSign);
        json.WriteNull("pre_tokenizer");
    }

    /// <summary>The pieces, and how they become text again.</summary>
    public static void WriteModel(Utf8JsonWriter json, TokenizerData data)
    {
        json.WritePropertyName("decoder");
        var rest = HasPrefix(data) ? "," + WithoutPrefix : "";
        json.WriteRawValue($$"""{"type":"Sequence","decoders":[{{SpaceAgain}},{"type":"ByteFallback"},{"type":"Fuse"}{{rest}}]}""");
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        json.WriteNull("dropout");
        json.WritePropertyName("unk_token");
        JsonValues.Write(json, data.Special.Unknown is { } unknown ? data.Tokens[unknown] : null);
        json.WriteNull("continuing_subword_prefix");
        json.WriteNull("end_of_word_suffix");
        json.WriteBoolean("fuse_unk", true);
        json.WriteBoolean("byte_fallback", true);
        json.WriteBoolean("ignore_merges", false);
        json.WriteStartObject("vocab");
        var written = new HashSet<string>(StringComparer.Ordinal);
        for (var id = 0; id < data.Tokens.Length; id++)
        {
            if (data.Kinds[id] != TokenKind.Unused && written.Add(data.Tokens[id]))
            {
                json.WriteNumber(data.Tokens[id], id);
            }
        }

        json.WriteEndObject();
        json.WriteStartArray("merges");
        foreach (var (left, right) in Merges(data))
        {
            json.WriteStartArray();
            json.WriteStringValue(left);
            json.WriteStringValue(right);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static bool HasPrefix(TokenizerData data) => data.Special.AddsSpacePrefix ?? true;

    private static IEnumerable<(string Left, string Right)> Merges(TokenizerData data)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var id = 0; id < data.Tokens.Length; id++)
        {
            if (data.Kinds[id] == TokenKind.Normal)
            {
                ids.TryAdd(data.Tokens[id], id);
            }
        }

        return ids.OrderBy(static entry => entry.Value)
            .SelectMany(entry => Splits(entry.Key, ids).Select(split => (split.Left, split.Right, Score: data.Scores![entry.Value])))
            .OrderByDescending(static merge => merge.Score)
            .Select(static merge => (merge.Left, merge.Right));
    }

    private static IEnumerable<(string Left, string Right)> Splits(string piece, Dictionary<string, int> ids) =>
        Enumerable
            .Range(1, Math.Max(0, piece.Length - 1))
            .Where(at => !char.IsLowSurrogate(piece[at]))
            .Select(at => (Left: piece[..at], Right: piece[at..]))
            .Where(split => ids.ContainsKey(split.Left) && ids.ContainsKey(split.Right))
            .OrderBy(split => ids[split.Left])
            .ThenBy(split => ids[split.Right]);
}
