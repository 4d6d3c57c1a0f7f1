using System.Text;
using System.Text.Json.Nodes;

namespace Ilab.Runner.Tests.Conversion;

/// <summary>A small unigram vocabulary, what is replaced before texts are cut, and the tokenizer.json of both.</summary>
internal static class UnigramSource
{
    private const string Space = "\u2581",
        Words = "the cat sat on mat th he at ca fi ne fine thecat a b c e f h i m n o s t";

    public static (string Text, float Score, byte Kind)[] Pieces()
    {
        var words = Words.Split(' ');
        var random = new Random(3);
        List<(string, float, byte)> pieces = [("<unk>", 0, 2), ("<s>", 0, 3), ("</s>", 0, 3), (Space, -2.5f, 1), (Space + Space, -3.25f, 1), ("@@", 0, 4)];
        foreach (var word in words)
        {
            pieces.Add((word, -1 - (random.NextSingle() * 8), 1));
            pieces.Add((Space + word, -1 - (random.NextSingle() * 8), 1));
        }

        return [.. pieces];
    }

    /// <summary>
    /// A table of blocks, one for each prefix, whose entries are its next bytes; after a whole key, the first entry of the next block has the place of the
    /// text.
    /// </summary>
    public static byte[] Map(Dictionary<string, string> pairs)
    {
        const uint Ends = 1u << 8,
            Value = 1u << 31;
        const int Block = 256;
        var keys = pairs.ToDictionary(static pair => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(pair.Key)), static pair => pair.Value);
        var prefixes = keys
            .Keys.SelectMany(static key => Enumerable.Range(0, key.Length + 1).Select(length => key[..length]))
            .Distinct()
            .Order(StringComparer.Ordinal)
            .ToList();
        var units = new uint[(prefixes.Count + 1) * Block];
        var texts = new MemoryStream();
        units[0] = (uint)Block << 10;
        foreach (var (prefix, number) in prefixes.Select(static (prefix, number) => (prefix, number)))
        {
            var own = (number + 1) * Block;
            if (prefix.Length > 0)
            {
                var at = ((prefixes.IndexOf(prefix[..^1]) + 1) * Block) + prefix[^1];
                units[at] = prefix[^1] | ((uint)(at ^ own) << 10) | (keys.ContainsKey(prefix) ? Ends : 0);
            }

            if (keys.TryGetValue(prefix, out var text))
            {
                units[own] = Value | (uint)texts.Length;
                texts.Write([.. Encoding.UTF8.GetBytes(text), 0]);
            }
        }

        return [.. BitConverter.GetBytes(units.Length * sizeof(uint)), .. units.SelectMany(BitConverter.GetBytes), .. texts.ToArray()];
    }

    public static void WriteJson(string path, (string Text, float Score, byte Kind)[] pieces, byte[] map, bool addsPrefix, bool mergesSpaces)
    {
        var steps = new JsonArray();
        if (map.Length > 0)
        {
            steps.Add((JsonNode)new JsonObject { ["type"] = "Precompiled", ["precompiled_charsmap"] = System.Convert.ToBase64String(map) });
        }

        if (mergesSpaces)
        {
            steps.Add(
                (JsonNode)
                    new JsonObject
                    {
                        ["type"] = "Replace",
                        ["pattern"] = new JsonObject { ["Regex"] = " {2,}" },
                        ["content"] = " ",
                    }
            );
        }

        var json = new JsonObject
        {
            ["added_tokens"] = new JsonArray([
                .. pieces
                    .Select(static (piece, id) => (piece, id))
                    .Where(static entry => entry.piece.Kind is 2 or 3)
                    .Select(static entry =>
                        (JsonNode)
                            new JsonObject
                            {
                                ["id"] = entry.id,
                                ["content"] = entry.piece.Text,
                                ["special"] = true,
                            }
                    ),
            ]),
            ["normalizer"] = new JsonObject { ["type"] = "Sequence", ["normalizers"] = steps },
            ["pre_tokenizer"] = new JsonObject
            {
                ["type"] = "Metaspace",
                ["replacement"] = Space,
                ["prepend_scheme"] = addsPrefix ? "always" : "never",
            },
            ["model"] = new JsonObject
            {
                ["type"] = "Unigram",
                ["unk_id"] = 0,
                ["vocab"] = new JsonArray([.. pieces.Select(static piece => (JsonNode)new JsonArray(piece.Text, piece.Score))]),
            },
        };
        File.WriteAllText(path, json.ToJsonString());
    }
}
