using System.Text;

namespace Ilab.Gguf.Conversion.Tokenizers;

/// <summary>tokenizer.model: pieces with scores, as SentencePiece writes them.</summary>
public static class SentencePieceModel
{
    public const string FileName = "tokenizer.model";
    private const int PiecesField = 1, TrainerField = 2, NormalizerField = 3;
    private const int PieceText = 1, PieceScore = 2, PieceType = 3;
    private const int TrainerType = 3, TrainerUnigram = 1, TrainerBpe = 2, TrainerByteFallback = 35, TrainerUnknown = 40, TrainerBegin = 41, TrainerEnd = 42;
    private const int NormalizerName = 1, NormalizerDummyPrefix = 3, NormalizerExtraSpaces = 4;

    /// <exception cref="ConversionException">Broken, or of a kind that llama.cpp's tokenizer is not.</exception>
    public static (List<(string Text, float Score, TokenKind Kind)> Pieces, bool AddsSpacePrefix) Read(ReadOnlySpan<byte> bytes)
    {
        var pieces = new List<(string Text, float Score, TokenKind Kind)>();
        var addsPrefix = true;
        var reader = new ProtobufReader(bytes);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case PiecesField:
                    pieces.Add(ReadPiece(reader.Bytes));
                    break;
                case TrainerField:
                    CheckTrainer(reader.Bytes);
                    break;
                case NormalizerField:
                    addsPrefix = ReadPrefix(reader.Bytes);
                    break;
            }
        }

        return pieces.Count > 0 ? (pieces, addsPrefix) : throw new ConversionException($"{FileName} has no pieces", "check that the file is whole");
    }

    /// <summary>The same, written.</summary>
    public static byte[] Write(TokenizerData data)
    {
        using var file = new MemoryStream();
        for (var token = 0; token < data.Tokens.Length; token++)
        {
            using var piece = new MemoryStream();
            ProtobufWriter.Text(piece, PieceText, data.Tokens[token]);
            ProtobufWriter.Float(piece, PieceScore, data.Scores![token]);
            ProtobufWriter.Number(piece, PieceType, (ulong)data.Kinds[token]);
            ProtobufWriter.Message(file, PiecesField, piece);
        }

        using var trainer = new MemoryStream();
        ProtobufWriter.Number(trainer, TrainerType, TrainerBpe);
        ProtobufWriter.Number(trainer, TrainerByteFallback, data.Kinds.Contains(TokenKind.Byte) ? 1UL : 0);
        ProtobufWriter.Number(trainer, TrainerUnknown, (ulong)(data.Special.Unknown ?? 0));
        ProtobufWriter.Number(trainer, TrainerBegin, (ulong)(data.Special.Begin ?? 1));
        ProtobufWriter.Number(trainer, TrainerEnd, (ulong)(data.Special.End ?? 2));
        ProtobufWriter.Message(file, TrainerField, trainer);
        using var normalizer = new MemoryStream();
        ProtobufWriter.Text(normalizer, NormalizerName, "identity");
        ProtobufWriter.Number(normalizer, NormalizerDummyPrefix, data.Special.AddsSpacePrefix ?? true ? 1UL : 0);
        ProtobufWriter.Number(normalizer, NormalizerExtraSpaces, 0);
        ProtobufWriter.Message(file, NormalizerField, normalizer);
        return file.ToArray();
    }

    private static (string Text, float Score, TokenKind Kind) ReadPiece(ReadOnlySpan<byte> bytes)
    {
        var (text, score, kind) = ("", 0f, TokenKind.Normal);
        var reader = new ProtobufReader(bytes);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case PieceText:
                    text = Encoding.UTF8.GetString(reader.Bytes);
                    break;
                case PieceScore:
                    score = reader.Float;
                    break;
                case PieceType when reader.Number is >= 1 and <= 6:
                    kind = (TokenKind)reader.Number;
                    break;
            }
        }

        return (text, score, kind);
    }

    private static void CheckTrainer(ReadOnlySpan<byte> bytes)
    {
        // SentencePiece's default, when nothing is said, is unigram.
        ulong type = TrainerUnigram;
        var reader = new ProtobufReader(bytes);
        while (reader.Next())
        {
            type = reader.Field == TrainerType ? reader.Number : type;
        }

        if (type != TrainerBpe)
        {
            throw new ConversionException($"{FileName} is {(type == TrainerUnigram ? "a unigram model" : "not a BPE model")}, which the families that can be converted do not use", isUnsupported: true);
        }
    }

    private static bool ReadPrefix(ReadOnlySpan<byte> bytes)
    {
        var adds = true;
        var reader = new ProtobufReader(bytes);
        while (reader.Next())
        {
            adds = reader.Field == NormalizerDummyPrefix ? reader.Number != 0 : adds;
        }

        return adds;
    }
}
