using System.Globalization;

namespace Ilab.Gguf.Conversion.Tokenizers;

/// <summary>The tokens of a vocabulary, one for each row of the embedding; rows without one get a name that no text has.</summary>
internal sealed class TokenList
{
    public const float UnusedScore = -10_000,
        AddedScore = -1_000;

    private readonly SourceFolder _folder;
    private readonly string _file;

    /// <param name="file">Where the tokens come from, for messages.</param>
    public TokenList(SourceFolder folder, string file, int count)
    {
        (_folder, _file) = (folder, file);
        (Tokens, Kinds, Scores) = (new string[count], new TokenKind[count], new float[count]);
        for (var id = 0; id < count; id++)
        {
            Tokens[id] = string.Create(CultureInfo.InvariantCulture, $"[PAD{id}]");
        }

        Array.Fill(Kinds, TokenKind.Unused);
        Array.Fill(Scores, UnusedScore);
    }

    public string[] Tokens { get; }

    public TokenKind[] Kinds { get; }

    public float[] Scores { get; }

    public int Count => Tokens.Length;

    /// <exception cref="ConversionException">The model has no row for it.</exception>
    public void Set(int id, string token, float score, TokenKind kind)
    {
        if (id >= Count)
        {
            throw new ConversionException(
                $"{_file} has {id + 1} tokens, {SourceFolder.ConfigFile} says that the model has {Count} (vocab_size)",
                "the tokenizer is not that of the model"
            );
        }

        (Tokens[id], Scores[id], Kinds[id]) = (token, score, kind);
    }

    /// <summary>Tokens that somebody added. Those that the model has no rows for are left out: it can neither read nor write them.</summary>
    /// <param name="kindOf">Null = the token is not for this vocabulary.</param>
    public void Add(IEnumerable<AddedToken> added, Func<AddedToken, (string Text, TokenKind Kind)> kindOf)
    {
        var dropped = new List<string>();
        foreach (var token in added.Where(static token => token.Id >= 0))
        {
            if (token.Id >= Count)
            {
                dropped.Add(token.Content);
                continue;
            }

            var (text, kind) = kindOf(token);
            Set(token.Id, text, AddedScore, kind);
        }

        if (dropped.Count > 0)
        {
            _folder.Warn(
                $"{ConversionException.Join([.. dropped.Distinct()])} {(dropped.Count == 1 ? "was" : "were")} added to the tokenizer, but the model has rows for {Count} tokens only: left out"
            );
        }
    }
}
