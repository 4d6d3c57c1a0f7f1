using Ilab.Native.Llama.Loading;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Native.Llama.Tests;

/// <summary>A vocabulary of a few characters and no bytes: llama.cpp throws at any other, which would end the process.</summary>
public sealed class CharacterCoverageTests : IDisposable
{
    private const int Unknown = 0,
        Begin = 1,
        End = 2,
        Space = 3,
        A = 4,
        B = 5,
        Umlaut = 6;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ilab-coverage-");

    [Theory]
    [InlineData("ab", new[] { Begin, Space, A, B })]
    [InlineData("\nab", new[] { Begin, Unknown, Space, A, B })]
    [InlineData("a\n\0b", new[] { Begin, Space, A, Unknown, Unknown, Space, B })]
    [InlineData("a\U0001F600", new[] { Begin, Space, A, Unknown })]
    [InlineData("\uFFFD", new[] { Begin, Unknown })]
    [InlineData("\u00E4x", new[] { Begin, Space, Umlaut, Unknown })]
    [InlineData("a</s>", new[] { Begin, Space, A, End })]
    [InlineData("<unk>", new[] { Begin, Unknown })]
    [InlineData("", new[] { Begin })]
    public void WhatItDoesNotKnowIsTheUnknownToken(string text, int[] tokens)
    {
        using var model = Model("\u2581ab\u00E4");
        Assert.Equal(tokens, model.Vocabulary.Tokenize(text, addSpecial: true, parseSpecial: true));
    }

    [Fact]
    public void SpecialTokensThatAreNotReadAreTextOfUnknownCharacters()
    {
        using var model = Model("\u2581ab\u00E4");
        Assert.Equal([Space, A, Unknown, Unknown, Unknown, Unknown], model.Vocabulary.Tokenize("a</s>", addSpecial: false, parseSpecial: false));
    }

    [Fact]
    public void AVocabularyOfBytesHasEveryCharacter()
    {
        using var model = Model(null);
        Assert.Equal(
            [Begin, 3 + 0xE2, 3 + 0x96, 3 + 0x81, 3 + 'a', 3 + 0xC3, 3 + 0xA4, 3],
            model.Vocabulary.Tokenize("a\u00E4\0", addSpecial: true, parseSpecial: true)
        );
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private LlamaModel Model(string? characters)
    {
        NativeLibraries.Load(TestPaths.NativeLibraries);
        NativeLog.SendTo(static (_, _) => { });
        var file = Path.Combine(_folder.FullName, "model.gguf");
        RandomLlama.Write(file, LlamaShape.Smallest with { Characters = characters }, "characters");
        return LlamaModel.Load([file], 0, static _ => true);
    }
}
