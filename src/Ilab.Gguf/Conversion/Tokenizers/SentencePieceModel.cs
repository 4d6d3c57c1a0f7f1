using Google.Protobuf;
using Ilab.Gguf.Conversion.Tokenizers.Wire;

namespace Ilab.Gguf.Conversion.Tokenizers;

/// <summary>What is in a tokenizer.model.</summary>
/// <param name="AddsSpacePrefix">Whether a space is put before texts.</param>
public sealed record SentencePieces(IReadOnlyList<(string Text, float Score, TokenKind Kind)> Pieces, bool AddsSpacePrefix)
{
    /// <summary>Texts are cut so that the product of the pieces' probabilities is largest, instead of by merging.</summary>
    public bool IsUnigram { get; init; }

    public bool MergesSpaces { get; init; }

    public byte[]? CharacterMap { get; init; }

    /// <summary>Ids; null = none.</summary>
    public (int? Begin, int? End, int? Unknown) Special { get; init; }
}

/// <summary>tokenizer.model: pieces with scores, as SentencePiece writes them.</summary>
public static class SentencePieceModel
{
    public const string FileName = "tokenizer.model";
    private const int Unigram = 1,
        Bpe = 2;

    /// <summary>Names of the file, the usual one first.</summary>
    private static readonly string[] Names = [FileName, "spiece.model"];

    /// <summary>The name of the file in a folder; null = it is not there.</summary>
    public static string? Find(SourceFolder folder) => Array.Find(Names, folder.Has);

    /// <exception cref="UnusableTokenizerException">Broken, or of a kind that llama.cpp has no tokenizer for.</exception>
    public static SentencePieces Read(ReadOnlySpan<byte> bytes)
    {
        var model = Parse(bytes);
        if (model.Piece.Count == 0)
        {
            throw Other(bytes) ?? new UnusableTokenizerException($"{FileName} has no pieces", "check that the file is whole");
        }

        var isUnigram = model.Trainer is { Type: Unigram };
        if (model.Trainer is { Type: not (Bpe or Unigram) } or { SpacesAtEnd: true })
        {
            throw new UnusableTokenizerException(
                $"{FileName} {(model.Trainer.SpacesAtEnd ? "has spaces at the end of words" : "holds words or characters, not pieces")}, "
                    + "which the engine has no tokenizer for",
                "add the tokenizer.json of the model: it is used instead",
                isUnsupported: true
            );
        }

        return new SentencePieces([.. model.Piece.Select(piece => (piece.Text, piece.Score, KindOf(piece.Kind)))], model.Normalizer?.AddsPrefix ?? true)
        {
            IsUnigram = isUnigram,
            MergesSpaces = model.Normalizer?.RemovesSpaces ?? true,
            CharacterMap = model.Normalizer is { CharacterMap: { Length: > 0 } map } ? Checked(map.ToByteArray()) : null,
            Special = (IdOf(model.Trainer?.BeginId ?? 1), IdOf(model.Trainer?.EndId ?? 2), IdOf(model.Trainer?.UnknownId ?? 0)),
        };

        int? IdOf(int id) => id >= 0 && id < model.Piece.Count ? id : null;
    }

    /// <summary>A compiled map: the length of its table, the table, and texts that it points to.</summary>
    /// <exception cref="UnusableTokenizerException">It is none.</exception>
    public static byte[] Checked(byte[] map)
    {
        const int Prefix = sizeof(uint);
        return map.Length > Prefix && BitConverter.ToUInt32(map) is var length && length % Prefix == 0 && length < map.Length - Prefix && map[^1] == 0
            ? map
            : throw new UnusableTokenizerException(
                "what the tokenizer replaces before anything else (precompiled_charsmap) is damaged",
                "check that the file is whole"
            );
    }

    /// <summary>The same, written.</summary>
    public static byte[] Write(TokenizerData data)
    {
        var model = new Model
        {
            Trainer = new Trainer
            {
                Type = Bpe,
                ByteFallback = data.Kinds.Contains(TokenKind.Byte),
                UnknownId = data.Special.Unknown ?? 0,
                BeginId = data.Special.Begin ?? 1,
                EndId = data.Special.End ?? 2,
            },
            Normalizer = new Normalizer
            {
                Name = "identity",
                AddsPrefix = data.Special.AddsSpacePrefix ?? true,
                RemovesSpaces = false,
            },
        };
        for (var token = 0; token < data.Tokens.Length; token++)
        {
            model.Piece.Add(
                new Piece
                {
                    Text = data.Tokens[token],
                    Score = data.Scores![token],
                    Kind = (int)data.Kinds[token],
                }
            );
        }

        return model.ToByteArray();
    }

    private static Model Parse(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return Model.Parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw Other(bytes)
                ?? new UnusableTokenizerException($"{FileName} is not a SentencePiece model: {exception.Message}", "check that the file is whole");
        }
    }

    private static UnusableTokenizerException? Other(ReadOnlySpan<byte> bytes) =>
        FileContent.Describe(bytes[..Math.Min(bytes.Length, FileContent.PrefixLength)]) is { } kind
            ? new UnusableTokenizerException(
                $"{FileName} is {kind}, not a SentencePiece model",
                kind == FileContent.Tiktoken ? "add the tokenizer.json of the model: it is used instead" : SourceFolder.HintFor(kind),
                isUnsupported: kind == FileContent.Tiktoken
            )
            : null;

    // Pieces that users defined are ordinary ones to llama.cpp; only what was added later is cut out of texts first.
    private static TokenKind KindOf(int number) =>
        number is (int)TokenKind.Unknown or (int)TokenKind.Control or (int)TokenKind.Unused or (int)TokenKind.Byte ? (TokenKind)number : TokenKind.Normal;
}
