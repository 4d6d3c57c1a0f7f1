using System.Text.Json.Nodes;
using Ilab.Gguf.Description;

namespace Ilab.Testing.Models;

/// <summary>Writes a tokenizer of the form that a family has.</summary>
internal sealed class FamilyTokenizer(string folder, int vocabulary)
{
    public void Write(VocabularyRules rules)
    {
        if (rules.Kind == VocabularyKind.WordPieces)
        {
            Write(
                ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"],
                new JsonObject
                {
                    ["type"] = "WordPiece",
                    ["unk_token"] = "[UNK]",
                    ["continuing_subword_prefix"] = "##",
                }
            );
        }
        else if (rules.Kind == VocabularyKind.CharacterPairs)
        {
            Write(
                ["<pad>", "<eos>", "<bos>", "<unk>"],
                new JsonObject
                {
                    ["type"] = "BPE",
                    ["byte_fallback"] = true,
                    ["merges"] = new JsonArray(),
                }
            );
        }
        else if (rules.Kind == VocabularyKind.Probabilities)
        {
            WriteProbabilities(["<s>", "<pad>", "</s>", "<unk>"]);
        }
        else if (rules.PreTokenizers.Count > 0)
        {
            TinyTokenizers.WriteBytePairs(folder, vocabulary);
        }
        else
        {
            TinyTokenizers.WriteSentencePiece(folder, vocabulary);
        }
    }

    private void WriteProbabilities(string[] first)
    {
        var pieces = first.Concat(Enumerable.Range(0, vocabulary - first.Length).Select(static number => $"\u2581w{number}"));
        var tokenizer = new JsonObject
        {
            ["added_tokens"] = new JsonArray([
                .. first.Select(
                    static (word, id) =>
                        new JsonObject
                        {
                            ["id"] = id,
                            ["content"] = word,
                            ["special"] = true,
                        }
                ),
            ]),
            ["pre_tokenizer"] = new JsonObject { ["type"] = "Metaspace", ["prepend_scheme"] = "always" },
            ["model"] = new JsonObject
            {
                ["type"] = "Unigram",
                ["unk_id"] = first.Length - 1,
                ["vocab"] = new JsonArray([.. pieces.Select(static (piece, id) => new JsonArray(piece, -(float)id))]),
            },
        };
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), tokenizer.ToJsonString());
    }

    private void Write(string[] first, JsonObject model)
    {
        var words = new JsonObject();
        foreach (var word in first.Concat(Enumerable.Range(0, vocabulary - first.Length).Select(static number => $"w{number}")))
        {
            words[word] = words.Count;
        }

        model["vocab"] = words;
        var tokenizer = new JsonObject { ["added_tokens"] = new JsonArray(), ["model"] = model };
        if (model["type"]!.GetValue<string>() == "WordPiece")
        {
            tokenizer["normalizer"] = new JsonObject { ["type"] = "BertNormalizer", ["lowercase"] = true };
        }

        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), tokenizer.ToJsonString());
    }
}
