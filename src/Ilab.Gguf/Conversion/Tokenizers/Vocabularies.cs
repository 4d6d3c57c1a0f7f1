using System.Text.Json;

namespace Ilab.Gguf.Conversion.Tokenizers;

/// <summary>Vocabularies in the forms that GGUF has.</summary>
internal static class Vocabularies
{
    public const char Space = '\u2581';

    /// <summary>Kinds of tokenizers, as a GGUF calls them.</summary>
    public const string WordPieces = "bert",
        Characters = "gemma4";

    /// <summary>What goes on with a word begins so.</summary>
    public const string Goes = "##";

    /// <summary>Tokens of Gemma 4 that are part of what is shown, so that a reader of tool calls finds them.</summary>
    public static readonly string[] Visible = ["<|channel>", "<channel|>", "<|tool_call>", "<tool_call|>", "<|tool_response>", "<tool_response|>", "<|\"|>"];

    /// <summary>SentencePiece's own file, with what was added to it.</summary>
    public static TokenizerData OfPieces(SourceFolder folder, VocabularyRequest request, SentencePieces model, JsonElement? json)
    {
        var list = new TokenList(folder, SentencePieceModel.FileName, request.Count);
        if (model.Pieces.Count > request.Count)
        {
            list.Set(model.Pieces.Count - 1, "", 0, TokenKind.Normal);
        }

        for (var id = 0; id < model.Pieces.Count; id++)
        {
            list.Set(id, model.Pieces[id].Text, model.Pieces[id].Score, model.Pieces[id].Kind);
        }

        list.Add(AddedTokenFiles.InFile(folder), static token => (token.Content, TokenKind.UserDefined));
        if (request.Rules.TakesAddedTokens)
        {
            var others = json is { } root ? TokenizerJson.AddedIn(root) : [];
            list.Add(
                AddedTokenFiles.InConfig(folder).Concat(others),
                static token => (token.Content, token.IsSpecial ? TokenKind.Control : TokenKind.UserDefined)
            );
        }
        else
        {
            list.Add(AddedTokenFiles.InConfig(folder), KindOf);
        }

        return model.IsUnigram
            ? Unigrams.Of(folder, list, model)
            : new TokenizerData
            {
                Model = "llama",
                Pre = "default",
                Tokens = list.Tokens,
                Kinds = list.Kinds,
                Scores = list.Scores,
                Special = new SpecialTokens { AddsSpacePrefix = model.AddsSpacePrefix ? null : false },
            };
    }

    /// <summary>
    /// SentencePiece's pieces as BPE with byte fallback. llama.cpp merges by the score of the result, so the score is the rank of the first merge that makes a
    /// piece. (The converter of llama.cpp gives all pieces one score, and texts are split wrongly.)
    /// </summary>
    public static TokenizerData OfByteFallback(TokenizerJson json, VocabularyRequest request, SourceFolder folder)
    {
        var list = Fill(json, request, folder, KindOf);
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var id = 0; id < list.Count; id++)
        {
            ids.TryAdd(list.Tokens[id], id);
            list.Kinds[id] = list.Kinds[id] == TokenKind.Normal && IsByte(list.Tokens[id]) ? TokenKind.Byte : list.Kinds[id];
        }

        var rank = 0;
        var ranked = new HashSet<int>();
        foreach (var (left, right) in json.Merges())
        {
            if (ids.TryGetValue(left + right, out var id) && ranked.Add(id))
            {
                list.Scores[id] = -rank;
            }

            rank++;
        }

        for (var id = 0; id < list.Count; id++)
        {
            list.Scores[id] = list.Kinds[id] == TokenKind.Normal && !ranked.Contains(id) ? -rank : list.Scores[id];
        }

        if (json.UnknownToken is { } unknown && ids.TryGetValue(unknown, out var unknownId))
        {
            list.Kinds[unknownId] = TokenKind.Unknown;
        }

        return new TokenizerData
        {
            Model = "llama",
            Pre = "default",
            Tokens = list.Tokens,
            Kinds = list.Kinds,
            Scores = list.Scores,
        };
    }

    public static TokenizerData OfBytes(TokenizerJson json, VocabularyRequest request, SourceFolder folder)
    {
        var list = Fill(json, request, folder, KindOf);
        return new TokenizerData
        {
            Model = "gpt2",
            Pre = PreTokenizers.NameOf(json, request.Rules),
            TokenTypes = TypesOf(request),
            Tokens = list.Tokens,
            Kinds = list.Kinds,
            // A space inside of a part would look like the one between the parts; the byte alphabet has another sign for it.
            Merges = [.. json.Merges().Select(static pair => $"{pair.Left.Replace(' ', '\u0120')} {pair.Right.Replace(' ', '\u0120')}")],
        };
    }

    /// <summary>BPE over characters: merges are used as they are, scores are not.</summary>
    public static TokenizerData OfCharacters(TokenizerJson json, VocabularyRequest request, SourceFolder folder)
    {
        var list = Fill(json, request, folder, static token => (token.Content, token.IsSpecial ? TokenKind.Control : TokenKind.UserDefined));
        for (var id = 0; id < list.Count; id++)
        {
            list.Kinds[id] =
                IsByte(list.Tokens[id]) ? TokenKind.Byte
                : Visible.Contains(list.Tokens[id]) ? TokenKind.UserDefined
                : list.Kinds[id];
            list.Scores[id] = TokenList.AddedScore;
        }

        return new TokenizerData
        {
            Model = Characters,
            Pre = null,
            Tokens = list.Tokens,
            Kinds = list.Kinds,
            Scores = list.Scores,
            Merges = [.. json.Merges().Select(static pair => $"{pair.Left.Replace(' ', '\u0120')} {pair.Right.Replace(' ', '\u0120')}")],
        };
    }

    /// <summary>WordPiece: what begins a word gets a mark, and what goes on with one loses it.</summary>
    public static TokenizerData OfWordPieces(TokenizerJson json, VocabularyRequest request, SourceFolder folder)
    {
        var list = Fill(json, request, folder, KindOf);
        for (var id = 0; id < list.Count; id++)
        {
            var token = list.Tokens[id];
            list.Tokens[id] =
                list.Kinds[id] == TokenKind.Control ? token
                : token.StartsWith(Goes, StringComparison.Ordinal) ? token[Goes.Length..]
                : Space + token;
        }

        return new TokenizerData
        {
            Model = WordPieces,
            Pre = request.Rules.PreTokenizers[0],
            Tokens = list.Tokens,
            Kinds = list.Kinds,
            TokenTypes = TypesOf(request),
        };
    }

    /// <summary>How many kinds of segments the model tells apart; null = it has none.</summary>
    public static int? TypesOf(VocabularyRequest request) => request.Rules.HasTokenTypes ? (int)(request.Config.Whole("type_vocab_size") ?? 1) : null;

    private static TokenList Fill(TokenizerJson json, VocabularyRequest request, SourceFolder folder, Func<AddedToken, (string Text, TokenKind Kind)> kindOf)
    {
        var list = new TokenList(folder, TokenizerJson.FileName, request.Count);
        var (added, known) = (json.Added.Select(static token => token.Id).ToHashSet(), json.Vocabulary());
        foreach (var (id, token) in known.Where(entry => !added.Contains(entry.Key)).OrderByDescending(static entry => entry.Key))
        {
            list.Set(id, token, 0, TokenKind.Normal);
        }

        list.Add(json.Added, kindOf);
        // What was added later stands in the settings alone.
        var later = AddedTokenFiles
            .InConfig(folder)
            .Where(token => !added.Contains(token.Id) && known.GetValueOrDefault(token.Id, token.Content) == token.Content);
        list.Add(later, kindOf);
        return list;
    }

    public static (string Text, TokenKind Kind) KindOf(AddedToken token) =>
        token.IsSpecial || token.LooksSpecial ? (token.Content, TokenKind.Control) : (token.Content.Replace(Space, ' '), TokenKind.UserDefined);

    public static bool IsByte(string token) => token is ['<', '0', 'x', var high, var low, '>'] && char.IsAsciiHexDigit(high) && char.IsAsciiHexDigit(low);
}
