using Ilab.Runner.Inference.Speculation;

namespace Ilab.Runner.Tests.Inference.Speculation;

/// <summary>What is guessed from the text so far, and how sure it is.</summary>
public sealed class SpeculatorTests
{
    [Fact]
    public void WhatFollowedTheSameTokensIsGuessed()
    {
        var speculator = new Speculator([1, 2, 3, 4, 5, 6, 9, 1, 2, 3]);

        Assert.True(speculator.Acceptance > 0);
        Assert.Equal([4, 5, 6, 9], Enumerable.Range(0, 4).Select(speculator.Guess));
    }

    [Fact]
    public void TheLastOccurrenceCounts()
    {
        var speculator = new Speculator([1, 2, 3, 4, 1, 2, 3, 5, 1, 2, 3]);

        Assert.Equal(5, speculator.Guess(0));
    }

    [Fact]
    public void ALoopIsGuessedBeyondTheEndOfTheText()
    {
        var speculator = new Speculator([7, 8, 9, 7, 8, 9]);

        Assert.Equal([7, 8, 9, 7, 8, 9, 7], Enumerable.Range(0, 7).Select(speculator.Guess));
    }

    [Fact]
    public void NothingIsGuessedForANewText()
    {
        Assert.Equal(0, new Speculator([1, 2, 3, 4, 5]).Acceptance);
        Assert.Equal(0, new Speculator([]).Acceptance);
        Assert.Equal(0, new Speculator([1]).Acceptance);
    }

    [Fact]
    public void GuessesThatComeTrueBecomeSurerAndOthersLessSure()
    {
        var right = new Speculator([1, 2, 3, 4, 5, 1, 2, 3]);
        var before = right.Acceptance;
        right.Add(4);
        Assert.True(right.Acceptance > before);

        var wrong = new Speculator([1, 2, 3, 4, 5, 1, 2, 3]);
        wrong.Add(9);
        Assert.Equal(0, wrong.Acceptance); // 2, 3, 9 was never there
        foreach (var token in new[] { 1, 2, 3 })
        {
            wrong.Add(token);
        }

        Assert.Equal(9, wrong.Guess(0));
        Assert.InRange(wrong.Acceptance, 0.01, before - 0.01);
    }

    [Fact]
    public void ALongMatchIsSurerThanAShortOne()
    {
        int[] text = [1, 2, 3, 4, 5, 6, 7, 8, 20, 30];
        Assert.True(new Speculator([.. text, .. text[..8]]).Acceptance > new Speculator([.. text, .. text[5..8]]).Acceptance);
    }
}
