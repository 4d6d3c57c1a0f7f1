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
    /// <summary><c>llama</c> = SentencePiece's pieces with scores; <c>gpt2</c> = BPE over bytes with merges.</summary>
    public required string Model { get; init; }

    /// <summary>How text is cut before the merging; llama.cpp's name.</summary>
    public required string Pre { get; init; }

    public required string[] Tokens { get; init; }

    public required TokenKind[] Kinds { get; init; }

    /// <summary>Of <c>llama</c> only.</summary>
    public float[]? Scores { get; init; }

    /// <summary>Of <c>gpt2</c> only: <c>left right</c>, most important first.</summary>
    public string[]? Merges { get; init; }

    public SpecialTokens Special { get; init; } = new();

    public string? ChatTemplate { get; init; }
}

/// <summary>Ids of tokens with a meaning, null = none or not said.</summary>
public sealed record SpecialTokens
{
    public int? Begin { get; init; }

    public int? End { get; init; }

    public int? EndOfTurn { get; init; }

    public int? Unknown { get; init; }

    public int? Padding { get; init; }

    public bool? AddsBegin { get; init; }

    public bool? AddsEnd { get; init; }

    public bool? AddsSpacePrefix { get; init; }
}
