using System.Text.Json;
using Ilab.Gguf.Json;

namespace Ilab.Gguf.Conversion.Tokenizers;

/// <summary>
/// Vocabularies whose pieces have probabilities: a text is cut so that their product is largest. SentencePiece's own file says what is done to texts before;
/// tokenizer.json says it in steps, of which the engine has some.
/// </summary>
internal static class Unigrams
{
    public const string Kind = "Unigram",
        Model = "t5";

    /// <summary>What stands for a run of spaces in steps that make one space of it.</summary>
    public const string RunOfSpaces = " {2,}";

    public static TokenizerData Of(SourceFolder folder, TokenList list, SentencePieces model)
    {
        if (list.Kinds.Contains(TokenKind.Byte))
        {
            folder.Warn(
                "the tokenizer spells characters that have no token in bytes, the engine takes the unknown token for them: answers to such texts differ"
            );
        }

        return new TokenizerData
        {
            Model = Model,
            Pre = "default",
            Tokens = list.Tokens,
            Kinds = list.Kinds,
            Scores = list.Scores,
            MergesSpaces = model.MergesSpaces,
            CharacterMap = model.CharacterMap,
            Special = new SpecialTokens
            {
                AddsSpacePrefix = model.AddsSpacePrefix,
                Begin = model.Special.Begin,
                End = model.Special.End,
                Unknown = model.Special.Unknown,
            },
        };
    }

    /// <exception cref="ConversionException">It has steps that the engine has not, or is damaged.</exception>
    public static TokenizerData OfJson(TokenizerJson json, VocabularyRequest request, SourceFolder folder)
    {
        var list = new TokenList(folder, TokenizerJson.FileName, request.Count);
        foreach (var (id, (text, score)) in json.Pieces().Select(static (piece, id) => (id, piece)).Reverse())
        {
            list.Set(id, text, score, KindOf(json, list, id, text));
        }

        var scores = list.Scores.ToArray();
        list.Add(json.Added, Vocabularies.KindOf);
        // A token that was in the vocabulary before keeps its probability.
        foreach (var token in json.Added.Where(token => token.Id < Math.Min(list.Count, json.Pieces().Count)))
        {
            list.Scores[token.Id] = scores[token.Id];
        }

        var unknown = json.Root.Find("model").Find("unk_id").Int() is { } said && said >= 0 && said < list.Count ? said : (int?)null;
        if (unknown is { } id0)
        {
            list.Kinds[id0] = TokenKind.Unknown;
        }

        return Of(folder, list, FormOf(json.Root) with { Special = (null, null, unknown) }) with
        {
            TokenTypes = Vocabularies.TypesOf(request),
        };
    }

    // What a row without a token is called is no token either.
    private static TokenKind KindOf(TokenizerJson json, TokenList list, int id, string text) =>
        json.IsSentencePiece && Vocabularies.IsByte(text) ? TokenKind.Byte
        : id < list.Count && text == list.Tokens[id] ? TokenKind.Unused
        : TokenKind.Normal;

    private static SentencePieces FormOf(JsonElement root)
    {
        var form = new SentencePieces([], false);
        foreach (var step in Flat(root.Find("normalizer"), "normalizers"))
        {
            form = step.Find("type").Text() switch
            {
                "Precompiled" => form with { CharacterMap = MapOf(step) },
                "Prepend" => form with { AddsSpacePrefix = true },
                "Replace" when step.Find("pattern").Find("Regex").Text() == RunOfSpaces => form with { MergesSpaces = true },
                "Replace" when step.Find("pattern").Find("String").Text() == " " => form,
                "Strip" => form,
                var other => throw Unknown(other),
            };
        }

        foreach (var step in Flat(root.Find("pre_tokenizer"), "pretokenizers"))
        {
            form = step.Find("type").Text() switch
            {
                "Metaspace" => form with
                {
                    AddsSpacePrefix =
                        form.AddsSpacePrefix
                        || (step.Find("prepend_scheme").Text() is { } scheme ? scheme != "never" : step.Find("add_prefix_space").Flag() ?? true),
                },
                "WhitespaceSplit" => form with { MergesSpaces = true },
                var other => throw Unknown(other),
            };
        }

        return form;
    }

    private static byte[]? MapOf(JsonElement step)
    {
        try
        {
            return step.Find("precompiled_charsmap").Text() is { Length: > 0 } text ? SentencePieceModel.Checked(Convert.FromBase64String(text)) : null;
        }
        catch (FormatException)
        {
            return SentencePieceModel.Checked([]);
        }
    }

    private static ConversionException Unknown(string? step) =>
        new($"{TokenizerJson.FileName} has the step {step ?? "without a name"}, which the engine's unigram tokenizer has not", isUnsupported: true);

    private static IEnumerable<JsonElement> Flat(JsonElement? element, string parts) =>
        element is not { ValueKind: JsonValueKind.Object } entry ? []
        : entry.Find("type").Text() == "Sequence" ? entry.Find(parts).Items().SelectMany(item => Flat(item, parts))
        : [entry];
}
