using Ilab.Testing.Models;

namespace Ilab.Runner.Tests.Inference.Speculation;

/// <summary>Answers with guessed tokens are those without.</summary>
[Collection(NativeCompute.Name)]
public sealed class GuessedAnswerTests : IDisposable
{
    private const string Loop = "one two three one two three one two three one two three ";

    private readonly HostedModel _plain = Create(speculation: false),
        _guessing = Create(speculation: true);

    [Theory]
    [InlineData(Loop, 150U)]
    [InlineData("once upon a time", 200U)]
    [InlineData("the quick brown fox", 37U)]
    [InlineData("x", 0U)] // to the end of the context
    [InlineData(Loop + Loop, 1U)]
    public async Task TextReasonAndCountsAreEqual(string prompt, uint tokens)
    {
        var expected = await _plain.AskAsync(_plain.Request(prompt, tokens));
        for (var round = 0; round < 3; round++) // the first ones find out what steps cost
        {
            var answer = await _guessing.AskAsync(_guessing.Request(prompt, tokens));
            Assert.Equal(expected.Text, answer.Text);
            Assert.Equal(expected.Finished.Reason, answer.Finished.Reason);
            Assert.Equal(expected.Finished.CompletionTokens, answer.Finished.CompletionTokens);
            Assert.InRange(answer.Finished.AcceptedTokens, 0U, answer.Finished.GuessedTokens);
        }

        Assert.Equal(0U, expected.Finished.GuessedTokens);
    }

    [Fact]
    public async Task ATextInCirclesIsGuessed()
    {
        var (guessed, accepted) = (0U, 0U);
        for (var round = 0; round < 4; round++)
        {
            var answer = await _guessing.AskAsync(_guessing.Request(Loop, 180));
            (guessed, accepted) = (guessed + answer.Finished.GuessedTokens, accepted + answer.Finished.AcceptedTokens);
        }

        Assert.InRange(accepted, 1U, guessed);
    }

    [Fact]
    public async Task AStopStringAmongGuessedTokensEndsTheAnswerThere()
    {
        var whole = await _plain.AskAsync(_plain.Request(Loop, 120));
        var stop = whole.Text[60..64];
        for (var round = 0; round < 3; round++)
        {
            var request = _guessing.Request(Loop, 120);
            request.Stop.Add(stop);
            var answer = await _guessing.AskAsync(request);
            Assert.Equal(whole.Text[..whole.Text.IndexOf(stop, StringComparison.Ordinal)], answer.Text);
            Assert.Equal(stop, answer.Finished.Stop);
        }
    }

    [Fact]
    public async Task WhatFollowsAGuessedAnswerGoesOnFromWhatItLeft()
    {
        var first = await _guessing.AskAsync(_guessing.Request(Loop, 100));
        var (next, fresh) = (_guessing.Request(Loop + first.Text + "and", 40), _plain.Request(Loop + first.Text + "and", 40));
        next.Fresh = false;
        Assert.Equal((await _plain.AskAsync(fresh)).Text, (await _guessing.AskAsync(next)).Text);
    }

    [Fact]
    public async Task NothingIsGuessedForSampledTokensOrTheirProbabilities()
    {
        var (sampled, logprobs) = (_guessing.Request(Loop, 60), _guessing.Request(Loop, 60));
        (sampled.Sampling.Temperature, logprobs.Logprobs) = (0.5f, 2);

        Assert.Equal(0U, (await _guessing.AskAsync(sampled)).Finished.GuessedTokens);
        Assert.Equal(0U, (await _guessing.AskAsync(logprobs)).Finished.GuessedTokens);
    }

    public void Dispose()
    {
        _plain.Dispose();
        _guessing.Dispose();
    }

    private static HostedModel Create(bool speculation) =>
        new(static file => RandomLlama.Write(file, LlamaShape.Talkative, "tiny"), spec => spec with { Speculation = speculation });
}
