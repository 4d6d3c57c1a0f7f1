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
        else if (rules.PreTokenizers.Count > 0)
        {
            TinyTokenizers.WriteBytePairs(folder, vocabulary);
        }
        else
        {
            TinyTokenizers.WriteSentencePiece(folder, vocabulary);
        }
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
