using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Inference;
using Ilab.Testing.Models;

namespace Ilab.Runner.Tests.Inference.Speculation;

/// <summary>A draft model changes nothing in an answer but when it comes.</summary>
[Collection(NativeCompute.Name)]
public sealed class DraftedAnswerTests : IDisposable
{
    private const int Vocabulary = 512;
    private static readonly LlamaShape Large = new(128, 256, 6, 4, Vocabulary, Counts: true);
    private static readonly LlamaShape Small = new(32, 64, 1, 2, Vocabulary, Counts: true);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ilab draft ");

    [Theory]
    [InlineData(200U)]
    [InlineData(0U)] // to the end of the context
    public async Task WhatItGuessesRightIsTaken(uint tokens)
    {
        using var plain = Create(null);
        using var drafted = Create(Small);
        var expected = await plain.AskAsync(plain.Request("abc", tokens));
        var accepted = 0U;
        for (var round = 0; round < 4; round++) // the first ones find out what steps cost
        {
            var answer = await drafted.AskAsync(drafted.Request("abc", tokens));
            Assert.Equal(expected.Text, answer.Text);
            Assert.Equal(expected.Finished.CompletionTokens, answer.Finished.CompletionTokens);
            Assert.InRange(answer.Finished.AcceptedTokens, 0U, answer.Finished.GuessedTokens);
            accepted += answer.Finished.AcceptedTokens;
        }

        Assert.NotEqual(0U, accepted); // how many depends on what steps take here
    }

    [Fact]
    public async Task WhatItGuessesWrongIsNot()
    {
        using var plain = Create(null);
        using var drafted = Create(LlamaShape.Talkative);
        var expected = await plain.AskAsync(plain.Request("abc", 100));
        for (var round = 0; round < 3; round++)
        {
            var answer = await drafted.AskAsync(drafted.Request("abc", 100));
            Assert.Equal(expected.Text, answer.Text);
            Assert.Equal(0U, answer.Finished.AcceptedTokens);
        }
    }

    [Fact]
    public async Task SeveralAnswersAtOnceAreGuessedEachByItself()
    {
        using var drafted = Create(Small);
        string[] prompts = ["a", "bb", "ccc", "dddd", "a", "xyz"];
        var alone = new List<string>();
        foreach (var prompt in prompts)
        {
            alone.Add((await drafted.AskAsync(drafted.Request(prompt, 120))).Text);
        }

        for (var round = 0; round < 3; round++)
        {
            var together = await Task.WhenAll(prompts.Select(prompt => drafted.AskAsync(drafted.Request(prompt, 120))));
            Assert.Equal(alone, together.Select(static answer => answer.Text));
        }
    }

    [Fact]
    public void AnotherVocabularyIsRefused()
    {
        var refused = Assert.Throws<RunnerException>(() => Create(Small with { Characters = "abcdefgh " }));
        Assert.Contains("its vocabulary is another one, token 3 ", refused.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private HostedModel Create(LlamaShape? draft)
    {
        var file = Path.Combine(_folder.FullName, "draft.gguf");
        if (draft is not null)
        {
            RandomLlama.Write(file, draft, "draft");
        }

        return new HostedModel(
            static target => RandomLlama.Write(target, Large, "large"),
            spec => spec with { Draft = draft is null ? null : new SpecModel { Name = "draft", Files = [file] } }
        );
    }
}
