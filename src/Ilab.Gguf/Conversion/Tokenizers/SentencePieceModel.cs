using Google.Protobuf;
using Ilab.Gguf.Conversion.Tokenizers.Wire;

namespace Ilab.Gguf.Conversion.Tokenizers;

/// <summary>tokenizer.model: pieces with scores, as SentencePiece writes them.</summary>
public static class SentencePieceModel
{
    public const string FileName = "tokenizer.model";
    private const int Unigram = 1,
        Bpe = 2;

    /// <exception cref="UnusableTokenizerException">Broken, or of a kind that llama.cpp's tokenizer is not.</exception>
    public static (List<(string Text, float Score, TokenKind Kind)> Pieces, bool AddsSpacePrefix) Read(ReadOnlySpan<byte> bytes)
    {
        var model = Parse(bytes);
        if (model.Piece.Count == 0)
        {
            throw Other(bytes) ?? new UnusableTokenizerException($"{FileName} has no pieces", "check that the file is whole");
        }

        return model.Trainer is { Type: not Bpe and var type }
            ? throw new UnusableTokenizerException(
                $"{FileName} is {(type == Unigram ? "a unigram model" : "not a BPE model")}, which the families that can be converted do not use",
                "add the tokenizer.json of the model: it is used instead",
                isUnsupported: true
            )
            : ([.. model.Piece.Select(static piece => (piece.Text, piece.Score, KindOf(piece.Kind)))], model.Normalizer?.AddsPrefix ?? true);
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
