namespace Ilab.Gguf.Description;

/// <summary>How the tokenizer of a family gets into a GGUF.</summary>
public sealed record VocabularyRules
{
    public VocabularyKind Kind { get; init; } = VocabularyKind.Usual;

    /// <summary>
    /// Names of pre-tokenizers that the family's models have. Several names stand for the same way of cutting; the first of these that cuts as the folder's
    /// tokenizer does is taken.
    /// </summary>
    public IReadOnlyList<string> PreTokenizers { get; init; } = [];

    /// <summary>Whether <c>add_prefix_space</c> of tokenizer_config.json is written.</summary>
    public bool SaysSpacePrefix { get; init; }

    /// <summary>Whether a space is put before texts, whatever the files say; null = they say it.</summary>
    public bool? SpacePrefix { get; init; }

    /// <summary>Roles (<c>eos</c>, <c>eot</c>, <c>bos</c>, <c>unk</c>) of tokens by their texts, where the files give the role to no token.</summary>
    public IReadOnlyList<(string Role, string Text)> Roles { get; init; } = [];

    /// <summary>Roles whose tokens are added to each text unless the files say something else.</summary>
    public IReadOnlyList<(string Role, bool Adds)> Adds { get; init; } = [];

    /// <summary>The same, and the files do not matter.</summary>
    public IReadOnlyList<(string Role, bool Adds)> AlwaysAdds { get; init; } = [];

    /// <summary>Tokens of tokenizer.json's <c>added_tokens</c> take the place of pieces, and only their own flag makes them special.</summary>
    public bool TakesAddedTokens { get; init; }

    /// <summary>Whether the number of token types (segments) is written, from <c>type_vocab_size</c>.</summary>
    public bool HasTokenTypes { get; init; }
}

/// <summary>Forms of a vocabulary.</summary>
public enum VocabularyKind
{
    /// <summary>SentencePiece's pieces if there are any, else BPE over bytes.</summary>
    Usual,

    /// <summary>BPE over bytes, from tokenizer.json.</summary>
    BytePairs,

    /// <summary>BPE over characters with merges and byte fallback.</summary>
    CharacterPairs,

    /// <summary>WordPiece.</summary>
    WordPieces,

    /// <summary>Pieces with probabilities, behind four tokens that SentencePiece's own file has in another order or not at all.</summary>
    Probabilities,
}
