using System.Buffers.Binary;
using System.Text;
using Ilab.Gguf.Conversion.Tokenizers;

namespace Ilab.Gguf.Conversion.Llama2c;

/// <summary>llama2.c's tokenizer file: the longest length, then score, length and bytes of every token.</summary>
internal static class Llama2cTokenizer
{
    private const int Unknown = 0,
        Begin = 1,
        End = 2;
    private const string SpaceSign = "\u2581";

    public static TokenizerData Read(ReadOnlySpan<byte> bytes, int count)
    {
        var (tokens, kinds, scores) = (new string[count], new TokenKind[count], new float[count]);
        var rest = bytes.Length >= 4 ? bytes[4..] : throw Short(0, count);
        for (var id = 0; id < count; id++)
        {
            if (rest.Length < 8 || BinaryPrimitives.ReadInt32LittleEndian(rest[4..]) is var length && (length < 0 || length > rest.Length - 8))
            {
                throw Short(id, count);
            }

            scores[id] = BinaryPrimitives.ReadSingleLittleEndian(rest);
            (tokens[id], kinds[id]) = Piece(id, Encoding.UTF8.GetString(rest.Slice(8, length)));
            rest = rest[(8 + length)..];
        }

        if (!rest.IsEmpty)
        {
            throw new ConversionException($"the tokenizer has more than the {count} tokens of the model", "the tokenizer is not that of the model");
        }

        return new TokenizerData
        {
            Model = "llama",
            Pre = "default",
            Tokens = tokens,
            Kinds = kinds,
            Scores = scores,
            Special = new SpecialTokens
            {
                Begin = Begin,
                End = End,
                Unknown = Unknown,
            },
        };
    }

    // llama2.c wrote the pieces as they are to be printed; this is how they were before.
    private static (string Text, TokenKind Kind) Piece(int id, string text) =>
        id switch
        {
            Unknown => ("<unk>", TokenKind.Unknown),
            Begin => ("<s>", TokenKind.Control),
            End => ("</s>", TokenKind.Control),
            _ when text.Length == 6 && text.StartsWith("<0x", StringComparison.Ordinal) && text[5] == '>' => (text, TokenKind.Byte),
            _ => (text.Replace(" ", SpaceSign, StringComparison.Ordinal), TokenKind.Normal),
        };

    private static ConversionException Short(int id, int count) =>
        new($"the tokenizer ends at token {id} of {count}", "name the tokenizer of this very model (tok512.bin, tokenizer.bin, ...) with --tokenizer");
}
