using Ilab.Gguf.Conversion;
using Ilab.Gguf.Conversion.Tokenizers;

namespace Ilab.Gguf.Tests.Conversion.Tokenizers;

/// <summary>tokenizer.model against bytes written out by hand: the classes are made from our own description of the format.</summary>
public sealed class SentencePieceModelTests
{
    private static readonly byte[] Written =
    [
        0x0A,
        0x0A,
        0x0A,
        1,
        (byte)'a',
        0x15,
        0,
        0,
        0x80,
        0xBF,
        0x18,
        1, // piece: "a", -1, normal
        0x12,
        0x0E,
        0x18,
        2,
        0x98,
        0x02,
        0,
        0xC0,
        0x02,
        0,
        0xC8,
        0x02,
        1,
        0xD0,
        0x02,
        2, // trainer: BPE, no bytes, unknown 0, begin 1, end 2
        0x1A,
        0x0E,
        0x0A,
        8,
        .. "identity"u8,
        0x18,
        1,
        0x20,
        0, // normalizer: adds a prefix, keeps spaces
    ];

    [Fact]
    public void ItIsWrittenAsTheFormatHasIt() =>
        Assert.Equal(
            Written,
            SentencePieceModel.Write(
                new TokenizerData
                {
                    Model = "llama",
                    Pre = "default",
                    Tokens = ["a"],
                    Kinds = [TokenKind.Normal],
                    Scores = [-1],
                }
            )
        );

    [Fact]
    public void ItIsReadWithWhatIsNotKnown()
    {
        var (pieces, addsPrefix) = SentencePieceModel.Read([.. Written, 0x22, 2, 0, 0, 0x0A, 5, 0x0A, 1, (byte)'b', 0x18, 99, 0x1A, 2, 0x18, 0]);
        Assert.Equal([("a", -1f, TokenKind.Normal), ("b", 0f, TokenKind.Normal)], pieces);
        Assert.False(addsPrefix);
    }

    [Fact]
    public void AUnigramModelIsReadWithWhatIsDoneToTexts()
    {
        // Piece "a" that a user defined; trainer without a kind; normalizer: a map of one entry, spaces kept, no prefix.
        var model = SentencePieceModel.Read([0x0A, 5, 0x0A, 1, 0x61, 0x18, 4, 0x12, 0, 0x1A, 15, 0x12, 9, 4, 0, 0, 0, 1, 2, 3, 4, 0, 0x18, 0, 0x20, 0]);
        Assert.True(model.IsUnigram);
        Assert.Equal([("a", 0f, TokenKind.Normal)], model.Pieces);
        Assert.Equal((false, false, 9), (model.MergesSpaces, model.AddsSpacePrefix, model.CharacterMap!.Length));
        Assert.Equal((null, null, 0), model.Special);
    }

    [Theory]
    [InlineData(new byte[] { 0x0A, 0x7F, 1 }, "is not a SentencePiece model")]
    [InlineData(new byte[] { 0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F }, "is not a SentencePiece model")]
    [InlineData(new byte[] { 0x12, 2, 0x18, 2 }, "has no pieces")]
    [InlineData(new byte[] { 0x0A, 3, 0x0A, 1, 0x61, 0x12, 2, 0x18, 4 }, "holds words or characters")]
    [InlineData(new byte[] { 0x0A, 3, 0x0A, 1, 0x61, 0x12, 3, 0xC0, 1, 1 }, "spaces at the end")]
    [InlineData(new byte[] { 0x0A, 3, 0x0A, 1, 0x61, 0x12, 0, 0x1A, 6, 0x12, 4, 9, 0, 0, 0 }, "precompiled_charsmap")]
    public void WhatIsNotOneIsRefused(byte[] bytes, string expected) =>
        Assert.Contains(expected, Assert.ThrowsAny<ConversionException>(() => SentencePieceModel.Read(bytes)).Message, StringComparison.Ordinal);
}
