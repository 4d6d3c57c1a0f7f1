namespace Ilab.Gguf.Conversion.Tokenizers;

/// <summary>Kinds of tokens; numbers are those of GGUF and of SentencePiece.</summary>
public enum TokenKind
{
    Normal = 1,
    Unknown = 2,
    Control = 3,
    UserDefined = 4,
    Unused = 5,
    Byte = 6,
}

/// <summary>A tokenizer as GGUF has it.</summary>
public sealed record TokenizerData
{
    /// <summary>
    /// <c>llama</c> = SentencePiece's pieces with scores; <c>gpt2</c> = BPE over bytes with merges; <c>gemma4</c> = BPE over characters;
    /// <c>bert</c> = WordPiece; <c>t5</c> = pieces with logarithms of probabilities (unigram).
    /// </summary>
    public required string Model { get; init; }

    /// <summary>How text is cut before the merging; llama.cpp's name. Null = there is one way only.</summary>
    public required string? Pre { get; init; }

    public required string[] Tokens { get; init; }

    public required TokenKind[] Kinds { get; init; }

    public float[]? Scores { get; init; }

    /// <summary><c>left right</c>, most important first.</summary>
    public string[]? Merges { get; init; }

    /// <summary>How many kinds of segments there are; null = not said.</summary>
    public int? TokenTypes { get; init; }

    /// <summary>Of a unigram vocabulary: whether runs of spaces become one, and none is left at the ends; null = another kind.</summary>
    public bool? MergesSpaces { get; init; }

    /// <summary>Of a unigram vocabulary: what is replaced before anything else, as SentencePiece compiles it; null = nothing.</summary>
    public byte[]? CharacterMap { get; init; }

    public SpecialTokens Special { get; init; } = new();

    public string? ChatTemplate { get; init; }

    /// <summary>Templates for other purposes, by name.</summary>
    public IReadOnlyDictionary<string, string> OtherTemplates { get; init; } = new Dictionary<string, string>();
}

/// <summary>Ids of tokens with a meaning, null = none or not said.</summary>
public sealed record SpecialTokens
{
    public int? Begin { get; init; }

    public int? End { get; init; }

    /// <summary>Ends what a model says, without ending the conversation.</summary>
    public int? EndOfTurn { get; init; }

    /// <summary>One more token that ends what a model says.</summary>
    public int? EndOfMessage { get; init; }

    public int? Unknown { get; init; }

    public int? Padding { get; init; }

    public int? Separator { get; init; }

    public int? Mask { get; init; }

    public bool? AddsBegin { get; init; }

    public bool? AddsEnd { get; init; }

    public bool? AddsSeparator { get; init; }

    public bool? AddsSpacePrefix { get; init; }

    public bool? Lowercases { get; init; }

    public bool? StripsAccents { get; init; }

    /// <summary>All tokens that end what a model says, when the roles above cannot name them all.</summary>
    public IReadOnlyList<int> AllEnds { get; init; } = [];
}
