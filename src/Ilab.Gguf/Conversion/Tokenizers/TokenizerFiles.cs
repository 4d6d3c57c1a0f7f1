using System.Globalization;
using System.Text.Json;

namespace Ilab.Gguf.Conversion.Tokenizers;

/// <summary>Finds and reads the tokenizer of a Hugging Face folder.</summary>
public static class TokenizerFiles
{
    private const string Space = "\u2581";
    private const float UnusedScore = -10_000,
        AddedScore = -1_000;

    /// <exception cref="ConversionException">None, or one that cannot be converted.</exception>
    public static TokenizerData Read(SourceFolder folder, ModelShape shape)
    {
        using var document = folder.ReadJson(TokenizerJson.FileName);
        if (folder.Has(SentencePieceModel.FileName))
        {
            return SpecialTokenFiles.Complete(OfSentencePiece(folder, shape.Vocabulary), folder, document?.RootElement);
        }

        if (document is null)
        {
            throw new ConversionException(
                $"{folder.Name} has neither {TokenizerJson.FileName} nor {SentencePieceModel.FileName}",
                "a model without its tokenizer cannot be used"
            );
        }

        var json = TokenizerJson.Parse(document.RootElement);
        return SpecialTokenFiles.Complete(json.IsSentencePiece ? OfByteFallback(json, shape.Vocabulary) : OfBytes(json, shape), folder, document.RootElement);
    }

    private static TokenizerData OfSentencePiece(SourceFolder folder, int count)
    {
        var (pieces, addsPrefix) = SentencePieceModel.Read(folder.ReadBytes(SentencePieceModel.FileName));
        if (pieces.Count > count)
        {
            throw TooMany(SentencePieceModel.FileName, pieces.Count, count);
        }

        var (tokens, kinds, scores) = Empty(count);
        for (var id = 0; id < pieces.Count; id++)
        {
            (tokens[id], scores[id], kinds[id]) = pieces[id];
        }

        foreach (var (id, content, isSpecial) in AddedIn(folder).Where(added => added.Id < count))
        {
            if (kinds[id] == TokenKind.Unused || tokens[id] != content)
            {
                scores[id] = AddedScore;
            }

            kinds[id] =
                kinds[id] is TokenKind.Unknown or TokenKind.Byte ? kinds[id]
                : isSpecial ? TokenKind.Control
                : kinds[id] == TokenKind.Normal ? TokenKind.Normal
                : TokenKind.UserDefined;
            tokens[id] = isSpecial ? content : content.Replace(Space, " ", StringComparison.Ordinal);
        }

        return new TokenizerData
        {
            Model = "llama",
            Pre = "default",
            Tokens = tokens,
            Kinds = kinds,
            Scores = scores,
            Special = new SpecialTokens { AddsSpacePrefix = addsPrefix ? null : false },
        };
    }

    /// <summary>llama.cpp merges by the score of the result, so the score is the rank of the first merge that makes a piece.</summary>
    private static TokenizerData OfByteFallback(TokenizerJson json, int count)
    {
        var (tokens, kinds, scores) = Fill(json, count, static text => text);
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var id = 0; id < tokens.Length; id++)
        {
            ids.TryAdd(tokens[id], id);
            kinds[id] = kinds[id] == TokenKind.Normal && IsByte(tokens[id]) ? TokenKind.Byte : kinds[id];
        }

        var rank = 0;
        var ranked = new HashSet<int>();
        foreach (var (left, right) in json.Merges())
        {
            if (ids.TryGetValue(left + right, out var id) && ranked.Add(id))
            {
                scores[id] = -rank;
            }

            rank++;
        }

        for (var id = 0; id < tokens.Length; id++)
        {
            scores[id] = kinds[id] == TokenKind.Normal && !ranked.Contains(id) ? -rank : scores[id];
        }

        if (json.Root.Find("model").Find("unk_token").Text() is { } unknown && ids.TryGetValue(unknown, out var unknownId))
        {
            kinds[unknownId] = TokenKind.Unknown;
        }

        return new TokenizerData
        {
            Model = "llama",
            Pre = "default",
            Tokens = tokens,
            Kinds = kinds,
            Scores = scores,
        };
    }

    private static TokenizerData OfBytes(TokenizerJson json, ModelShape shape)
    {
        var (tokens, kinds, _) = Fill(json, shape.Vocabulary, static text => text);
        return new TokenizerData
        {
            Model = "gpt2",
            Pre = PreTokenizers.NameOf(json.Root, shape.Family),
            Tokens = tokens,
            Kinds = kinds,
            // A space inside of a part would look like the one between the parts; the byte alphabet has another sign for it.
            Merges = [.. json.Merges().Select(static pair => $"{pair.Left.Replace(' ', '\u0120')} {pair.Right.Replace(' ', '\u0120')}")],
        };
    }

    private static (string[] Tokens, TokenKind[] Kinds, float[] Scores) Fill(TokenizerJson json, int count, Func<string, string> text)
    {
        var (tokens, kinds, scores) = Empty(count);
        foreach (var (id, token) in json.Vocabulary())
        {
            if (id >= count)
            {
                throw TooMany(TokenizerJson.FileName, id + 1, count);
            }

            (tokens[id], kinds[id], scores[id]) = (text(token), TokenKind.Normal, 0);
        }

        foreach (var added in json.Added)
        {
            (kinds[added.Id], scores[added.Id]) = (added.IsSpecial ? TokenKind.Control : TokenKind.UserDefined, AddedScore);
        }

        return (tokens, kinds, scores);
    }

    private static (string[] Tokens, TokenKind[] Kinds, float[] Scores) Empty(int count)
    {
        var tokens = new string[count];
        for (var id = 0; id < count; id++)
        {
            tokens[id] = string.Create(CultureInfo.InvariantCulture, $"[PAD{id}]");
        }

        var (kinds, scores) = (new TokenKind[count], new float[count]);
        Array.Fill(kinds, TokenKind.Unused);
        Array.Fill(scores, UnusedScore);
        return (tokens, kinds, scores);
    }

    private static IEnumerable<(int Id, string Content, bool IsSpecial)> AddedIn(SourceFolder folder)
    {
        using (var added = folder.ReadJson("added_tokens.json"))
        {
            foreach (var entry in added?.RootElement.EnumerateObject().ToArray() ?? [])
            {
                yield return (((JsonElement?)entry.Value).Int() ?? int.MaxValue, entry.Name, false);
            }
        }

        using var config = folder.ReadJson("tokenizer_config.json");
        if (config?.RootElement.Find("added_tokens_decoder") is { ValueKind: JsonValueKind.Object } decoder)
        {
            foreach (var entry in decoder.EnumerateObject())
            {
                if (int.TryParse(entry.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && entry.Value.Find("content").Text() is { } content)
                {
                    yield return (id, content, entry.Value.Find("special").Flag() ?? false);
                }
            }
        }
    }

    private static bool IsByte(string token) => token is ['<', '0', 'x', var high, var low, '>'] && char.IsAsciiHexDigit(high) && char.IsAsciiHexDigit(low);

    private static ConversionException TooMany(string file, int tokens, int count) =>
        new($"{file} has {tokens} tokens, {SourceFolder.ConfigFile} says that the model has {count} (vocab_size)", "the tokenizer is not that of the model");
}
