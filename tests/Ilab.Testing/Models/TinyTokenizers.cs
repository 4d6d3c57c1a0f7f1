using System.Text;
using System.Text.Json.Nodes;

namespace Ilab.Testing.Models;

/// <summary>Small tokenizers as Hugging Face folders have them. Tokens 0, 1, 2 are the unknown, the first and the last of a text; bytes follow.</summary>
public static class TinyTokenizers
{
    /// <summary>Words that are pieces of their own, with all that leads to them.</summary>
    private static readonly string[] Pieces = ["\u2581", "a", "t", "h", "e", "c", "th", "the", "\u2581the", "ca", "cat", "\u2581cat", "at"];

    private static readonly (string Left, string Right)[] Pairs = [("t", "h"), ("th", "e"), ("\u0120", "the"), ("c", "a"), ("ca", "t"), ("\u0120", "cat")];

    /// <summary>tokenizer.model and tokenizer_config.json.</summary>
    public static void WriteSentencePiece(string folder, int count)
    {
        using var file = new MemoryStream();
        Piece(file, "<unk>", 0, 2);
        Piece(file, "<s>", 0, 3);
        Piece(file, "</s>", 0, 3);
        for (var value = 0; value < 256; value++)
        {
            Piece(file, $"<0x{value:X2}>", 0, 6);
        }

        for (var index = 0; index < count - 259; index++)
        {
            Piece(file, index < Pieces.Length ? Pieces[index] : $"\u2581w{index}", -index, 1);
        }

        file.Write([0x12, 0x02, 0x18, 0x02]); // trainer: model_type = BPE
        File.WriteAllBytes(Path.Combine(folder, "tokenizer.model"), file.ToArray());
        File.WriteAllText(
            Path.Combine(folder, "tokenizer_config.json"),
            """{"add_bos_token":true,"add_eos_token":false,"bos_token":"<s>","eos_token":"</s>","unk_token":"<unk>","chat_template":"{{ messages }}"}"""
        );
    }

    /// <summary>A SentencePiece model whose pieces have probabilities.</summary>
    /// <param name="pieces">Kinds: 1 = ordinary, 2 = unknown, 3 = control, 4 = defined by the user, 6 = byte.</param>
    /// <param name="map">What is replaced before, as SentencePiece compiles it; empty = nothing.</param>
    public static void WriteUnigram(string path, IEnumerable<(string Text, float Score, byte Kind)> pieces, byte[] map, bool addsPrefix, bool mergesSpaces)
    {
        using var file = new MemoryStream();
        foreach (var (text, score, kind) in pieces)
        {
            Piece(file, text, score, kind);
        }

        file.Write([0x12, 0x02, 0x18, 0x01]); // trainer: model_type = UNIGRAM
        using var normalizer = new MemoryStream();
        if (map.Length > 0)
        {
            normalizer.WriteByte(0x12);
            Number(normalizer, map.Length);
            normalizer.Write(map);
        }

        normalizer.Write([0x18, addsPrefix ? (byte)1 : (byte)0, 0x20, mergesSpaces ? (byte)1 : (byte)0]);
        file.WriteByte(0x1A);
        Number(file, (int)normalizer.Length);
        normalizer.WriteTo(file);
        File.WriteAllBytes(path, file.ToArray());
    }

    /// <summary>tokenizer.json over bytes, cut as Qwen2 cuts, and tokenizer_config.json.</summary>
    public static void WriteBytePairs(string folder, int count)
    {
        var vocabulary = new JsonObject
        {
            ["<|unk|>"] = 0,
            ["<|begin|>"] = 1,
            ["<|end|>"] = 2,
        };
        var id = 3;
        foreach (var sign in ByteAlphabet())
        {
            vocabulary[sign] = id++;
        }

        var merges = new JsonArray();
        foreach (var (left, right) in Pairs)
        {
            vocabulary[left + right] = id++;
            merges.Add((JsonNode)new JsonArray(left, right));
        }

        for (; id < count; id++)
        {
            vocabulary[$"zz{id}"] = id;
        }

        const string Split = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
        var json = new JsonObject
        {
            ["version"] = "1.0",
            ["added_tokens"] = new JsonArray(Added(0, "<|unk|>"), Added(1, "<|begin|>"), Added(2, "<|end|>")),
            ["pre_tokenizer"] = new JsonObject
            {
                ["type"] = "Sequence",
                ["pretokenizers"] = new JsonArray(
                    new JsonObject
                    {
                        ["type"] = "Split",
                        ["pattern"] = new JsonObject { ["Regex"] = Split },
                        ["behavior"] = "Isolated",
                        ["invert"] = false,
                    },
                    new JsonObject
                    {
                        ["type"] = "ByteLevel",
                        ["add_prefix_space"] = false,
                        ["trim_offsets"] = false,
                        ["use_regex"] = false,
                    }
                ),
            },
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["byte_fallback"] = false,
                ["vocab"] = vocabulary,
                ["merges"] = merges,
            },
        };
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), json.ToJsonString());
        File.WriteAllText(
            Path.Combine(folder, "tokenizer_config.json"),
            """{"add_bos_token":false,"bos_token":{"content":"<|begin|>"},"eos_token":"<|end|>"}"""
        );
    }

    /// <summary>The 256 signs that stand for bytes.</summary>
    private static IEnumerable<string> ByteAlphabet()
    {
        var other = 256;
        for (var value = 0; value < 256; value++)
        {
            var isShown = value is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE;
            yield return ((char)(isShown ? value : other++)).ToString();
        }
    }

    private static JsonObject Added(int id, string content) =>
        new()
        {
            ["id"] = id,
            ["content"] = content,
            ["special"] = true,
            ["normalized"] = false,
        };

    private static void Number(Stream file, int value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            file.WriteByte((byte)(value | 0x80));
        }

        file.WriteByte((byte)value);
    }

    private static void Piece(Stream file, string text, float score, byte kind)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        using var piece = new BinaryWriter(file, Encoding.UTF8, leaveOpen: true);
        piece.Write((byte)0x0A);
        piece.Write((byte)(2 + bytes.Length + 5 + 2));
        piece.Write((byte)0x0A);
        piece.Write((byte)bytes.Length);
        piece.Write(bytes);
        piece.Write((byte)0x15);
        piece.Write(score);
        piece.Write((byte)0x18);
        piece.Write(kind);
    }
}
