using System.Text;

namespace Ilab.Gguf.Tests.Conversion.Tokenizers;

/// <summary>A tokenizer.model that is something else, with a good tokenizer.json beside it and without.</summary>
public sealed class TokenizerChoiceTests : SourceFixture
{
    public static TheoryData<string, string> Others =>
        new()
        {
            { string.Concat(Enumerable.Range(0, 400).Select(static id => $"{Convert64(id)} {id}\n")), "a tiktoken vocabulary" },
            { string.Concat(Enumerable.Range(0, 40).Select(static id => $"{Convert64(id)} {id}\r\n")), "a tiktoken vocabulary" },
            { "\uFEFF" + string.Concat(Enumerable.Range(0, 40).Select(static id => $"{Convert64(id)} {id}\n")), "a tiktoken vocabulary" },
            { "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 499723\n", "a Git LFS pointer" },
            { "{\"model\":{\"type\":\"BPE\"}}", "a JSON file" },
            { "<html><body>404</body></html>", "a web page" },
            { "", "an empty file" },
            { "PK\u0003\u0004....", "a zip archive" },
        };

    [Theory]
    [MemberData(nameof(Others))]
    public void WhatItIsIsSaidWhereNothingElseIsThere(string content, string kind)
    {
        Write();
        File.WriteAllText(At("tokenizer.model"), content);
        Assert.Contains($"tokenizer.model is {kind}", Refused().Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Others))]
    public void AGoodOneBesideItIsUsed(string content, string kind)
    {
        Write(sentencePiece: false);
        File.WriteAllText(At("tokenizer.model"), content);
        var converted = Convert();
        Assert.Equal("gpt2", converted.Header.GetString("tokenizer.ggml.model"));
        Assert.Contains(
            converted.Warnings,
            warning => warning.Contains(kind, StringComparison.Ordinal) && warning.EndsWith("tokenizer.json is used instead", StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 499723\n", "a Git LFS pointer")]
    [InlineData("{\"model\":", "not JSON")]
    [InlineData("", "an empty file")]
    public void AnUnreadableTokenizerJsonIsNotNeededBesideAGoodModel(string content, string problem)
    {
        Write();
        File.WriteAllText(At("tokenizer.json"), content);
        var converted = Convert();
        Assert.Equal("llama", converted.Header.GetString("tokenizer.ggml.model"));
        Assert.Contains(converted.Warnings, warning => warning.Contains(problem, StringComparison.Ordinal));
    }

    [Fact]
    public void AUnigramModelGivesWayToItsTokenizerJson()
    {
        Write(sentencePiece: false);
        File.WriteAllBytes(At("tokenizer.model"), [0x0A, 0x07, 0x0A, 0x05, .. "<unk>"u8, 0x12, 0x02, 0x18, 0x01]);
        Assert.Contains(Convert().Warnings, static warning => warning.Contains("a unigram model", StringComparison.Ordinal));
    }

    [Fact]
    public void TwoThatCannotBeUsedAreBothTold()
    {
        Write();
        File.WriteAllText(At("tokenizer.model"), "AA== 0\nAQ== 1\n");
        File.WriteAllText(At("tokenizer.json"), """{"model":{"type":"WordPiece","vocab":{}}}""");
        var error = Refused();
        Assert.Contains("tiktoken", error.Message, StringComparison.Ordinal);
        Assert.Contains("WordPiece", error.Message, StringComparison.Ordinal);
    }

    private static string Convert64(int id) => System.Convert.ToBase64String(Encoding.UTF8.GetBytes(((char)id).ToString()));
}
