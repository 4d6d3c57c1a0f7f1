using System.Text.Json;
using Ilab.Gguf.Json;

namespace Ilab.Gguf.Conversion.Tokenizers;

/// <summary>tokenizer.json, as the tokenizers library of Hugging Face writes it: BPE over bytes, or SentencePiece's pieces as BPE with byte fallback.</summary>
internal sealed class TokenizerJson
{
    public const string FileName = "tokenizer.json";
    private const int LargestId = 1 << 24;

    private readonly JsonElement _root;

    private List<(string Text, float Score)>? _pieces;

    private TokenizerJson(JsonElement root)
    {
        _root = root;
        Added = [.. AddedIn(root)];
    }

    public IReadOnlyList<AddedToken> Added { get; }

    public JsonElement Root => _root;

    /// <summary>Whether it stands for a SentencePiece model.</summary>
    public bool IsSentencePiece => _root.Find("model").Find("byte_fallback").Flag() == true;

    /// <summary>Whether a piece that is a token as a whole is not merged.</summary>
    public bool PassesOverMerges => _root.Find("model").Find("ignore_merges").Flag() == true;

    /// <summary>What stands for a text that nothing else does.</summary>
    public string? UnknownToken => _root.Find("model").Find("unk_token").Text();

    /// <summary>BPE, Unigram, WordPiece and others; older files do not say it.</summary>
    public static string KindOf(JsonElement root)
    {
        var model = root.Find("model");
        return model.Find("type").Text()
            ?? (
                model.Find("merges") is not null ? "BPE"
                : model.Find("vocab") is { ValueKind: JsonValueKind.Array } ? Unigrams.Kind
                : "unknown"
            );
    }

    /// <param name="wanted">The kinds of model that the family may have.</param>
    /// <exception cref="ConversionException">Of another kind.</exception>
    public static TokenizerJson Parse(JsonElement root, params string[] wanted) =>
        KindOf(root) is var kind && wanted.Contains(kind)
            ? new TokenizerJson(root)
            : throw new ConversionException($"{FileName} is of the kind {kind}; {string.Join(" and ", wanted)} can be converted", isUnsupported: true);

    /// <summary>The list <c>added_tokens</c>.</summary>
    public static IEnumerable<AddedToken> AddedIn(JsonElement root) =>
        root.Find("added_tokens")
            .Items()
            .Select(static entry => new AddedToken(entry.Find("id").Int() ?? -1, entry.Find("content").Text() ?? "", entry.Find("special").Flag() ?? false))
            .Where(static token => token.Id is >= 0 and < LargestId && token.Content.Length > 0);

    /// <summary>Texts by id: the vocabulary and what was added to it.</summary>
    public Dictionary<int, string> Vocabulary()
    {
        var tokens = new Dictionary<int, string>();
        if (_root.Find("model").Find("vocab") is { ValueKind: JsonValueKind.Object } vocabulary)
        {
            foreach (var entry in vocabulary.EnumerateObject())
            {
                if (((JsonElement?)entry.Value).Int() is not ({ } id and >= 0 and < LargestId) || !tokens.TryAdd(id, entry.Name))
                {
                    throw new ConversionException($"{FileName}: the id of \"{entry.Name}\" is taken or makes no sense");
                }
            }
        }

        foreach (var added in Added)
        {
            tokens[added.Id] = added.Content;
        }

        return tokens;
    }

    /// <summary>Of a unigram model: pieces with the logarithms of their probabilities, by their ids.</summary>
    public IReadOnlyList<(string Text, float Score)> Pieces() =>
        _pieces ??= [
            .. _root
                .Find("model")
                .Find("vocab")
                .Items()
                .Select(static entry =>
                    entry.ValueKind == JsonValueKind.Array
                    && entry.GetArrayLength() == 2
                    && ((JsonElement?)entry[0]).Text() is { } text
                    && ((JsonElement?)entry[1]).Number() is { } score
                        ? (text, (float)score)
                        : throw new ConversionException($"{FileName} has a piece that is not a text with a number")
                ),
        ];

    /// <summary>Pairs, most important first.</summary>
    public IEnumerable<(string Left, string Right)> Merges()
    {
        foreach (var merge in _root.Find("model").Find("merges").Items())
        {
            if (merge.ValueKind == JsonValueKind.String)
            {
                var text = merge.GetString()!;
                var space = text.IndexOf(' ', 1);
                yield return space > 0 ? (text[..space], text[(space + 1)..]) : throw Malformed();
            }
            else
            {
                yield return merge.ValueKind == JsonValueKind.Array
                && merge.GetArrayLength() == 2
                && ((JsonElement?)merge[0]).Text() is { } left
                && ((JsonElement?)merge[1]).Text() is { } right
                    ? (left, right)
                    : throw Malformed();
            }
        }
    }

    private static ConversionException Malformed() => new($"{FileName} has a merge that is not a pair");
}
