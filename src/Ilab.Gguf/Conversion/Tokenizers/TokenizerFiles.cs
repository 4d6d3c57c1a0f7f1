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
        var (document, unreadable) = ReadJson(folder);
        using var owned = document;
        var unusable = unreadable;
        if (folder.Has(SentencePieceModel.FileName))
        {
            try
            {
                var pieces = SentencePieceModel.Read(folder.ReadBytes(SentencePieceModel.FileName));
                if (unreadable is not null)
                {
                    folder.Warn($"{unreadable.Message}: {SentencePieceModel.FileName} is used alone");
                }

                return SpecialTokenFiles.Complete(OfSentencePiece(folder, pieces, shape.Vocabulary), folder, document?.RootElement);
            }
            catch (UnusableTokenizerException exception)
            {
                unusable = unreadable is null ? exception : Both(exception, unreadable);
            }
        }

        if (document is null)
        {
            throw unusable
                ?? new ConversionException(
                    $"{folder.Name} has neither {TokenizerJson.FileName} nor {SentencePieceModel.FileName}",
                    "a model without its tokenizer cannot be used"
                );
        }

        return OfJson(folder, shape, document.RootElement, unusable);
    }

    private static (JsonDocument? Document, ConversionException? Problem) ReadJson(SourceFolder folder)
    {
        try
        {
            return (folder.ReadJson(TokenizerJson.FileName), null);
        }
        catch (ConversionException exception)
        {
            return (null, exception);
        }
    }

    /// <param name="unusable">What is wrong with the tokenizer.model beside it, or null.</param>
    private static TokenizerData OfJson(SourceFolder folder, ModelShape shape, JsonElement root, ConversionException? unusable)
    {
        try
        {
            var json = TokenizerJson.Parse(root);
            var data = json.IsSentencePiece ? OfByteFallback(json, shape.Vocabulary, folder) : OfBytes(json, shape, folder);
            if (unusable is not null)
            {
                folder.Warn($"{unusable.Message}: {TokenizerJson.FileName} is used instead");
            }

            return SpecialTokenFiles.Complete(data, folder, root);
        }
        catch (ConversionException exception) when (unusable is not null)
        {
            throw Both(unusable, exception);
        }
    }

    private static ConversionException Both(ConversionException first, ConversionException second) =>
        new($"{first.Message}; {second.Message}", second.Hint, second.IsUnsupported);

    private static TokenizerData OfSentencePiece(
        SourceFolder folder,
        (List<(string Text, float Score, TokenKind Kind)> Pieces, bool AddsSpacePrefix) model,
        int count
    )
    {
        var (pieces, addsPrefix) = model;
        if (pieces.Count > count)
        {
            throw TooMany(SentencePieceModel.FileName, pieces.Count, count);
        }

        var (tokens, kinds, scores) = Empty(count);
        for (var id = 0; id < pieces.Count; id++)
        {
            (tokens[id], scores[id], kinds[id]) = pieces[id];
        }

        var added = AddedIn(folder).ToArray();
        WarnOfDropped(folder, added.Where(token => token.Id >= count).Select(static token => token.Content), count);
        foreach (var (id, content, isSpecial) in added.Where(token => token.Id >= 0 && token.Id < count))
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
    private static TokenizerData OfByteFallback(TokenizerJson json, int count, SourceFolder folder)
    {
        var (tokens, kinds, scores) = Fill(json, count, folder);
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

    private static TokenizerData OfBytes(TokenizerJson json, ModelShape shape, SourceFolder folder)
    {
        var (tokens, kinds, _) = Fill(json, shape.Vocabulary, folder);
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

    private static (string[] Tokens, TokenKind[] Kinds, float[] Scores) Fill(TokenizerJson json, int count, SourceFolder folder)
    {
        var (tokens, kinds, scores) = Empty(count);
        var extra = json.Added.Select(static token => token.Id).ToHashSet();
        foreach (var (id, token) in json.Vocabulary())
        {
            if (id < count)
            {
                (tokens[id], kinds[id], scores[id]) = (token, TokenKind.Normal, 0);
            }
            else if (!extra.Contains(id))
            {
                throw TooMany(TokenizerJson.FileName, id + 1, count);
            }
        }

        WarnOfDropped(folder, json.Added.Where(token => token.Id >= count).Select(static token => token.Content), count);
        foreach (var added in json.Added.Where(token => token.Id < count))
        {
            (kinds[added.Id], scores[added.Id]) = (added.IsSpecial ? TokenKind.Control : TokenKind.UserDefined, AddedScore);
        }

        return (tokens, kinds, scores);
    }

    /// <summary>Tokens that somebody added and the model has no rows for: it can neither read nor write them.</summary>
    private static void WarnOfDropped(SourceFolder folder, IEnumerable<string> added, int count)
    {
        var dropped = added.Distinct(StringComparer.Ordinal).ToArray();
        if (dropped.Length > 0)
        {
            folder.Warn(
                $"{ConversionException.Join(dropped)} {(dropped.Length == 1 ? "was" : "were")} added to the tokenizer, but the model has rows for {count} tokens only: left out"
            );
        }
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
