using Ilab.Runner.Inference.Speculation;

namespace Ilab.Runner.Tests.Inference.Speculation;

/// <summary>Guessing that costs more than it brings becomes rare.</summary>
public sealed class PayoffTests
{
    [Fact]
    public void WhatPaysGoesOn()
    {
        var payoff = new Payoff();
        for (var step = 0; step < 1000; step++)
        {
            Assert.True(payoff.IsWorthIt());
            payoff.Note(tokens: 4, seconds: 0.02, plain: 0.01);
        }
    }

    [Fact]
    public void WhatDoesNotPayBecomesRare()
    {
        var payoff = new Payoff();
        var guessed = 0;
        for (var step = 0; step < 2000; step++)
        {
            if (payoff.IsWorthIt())
            {
                guessed++;
                payoff.Note(tokens: 1, seconds: 0.02, plain: 0.01);
            }
        }

        Assert.InRange(guessed, 5, 60); // of 2000
    }

    [Fact]
    public void ATextThatChangesIsNoticed()
    {
        var payoff = new Payoff();
        for (var step = 0; step < 100; step++)
        {
            if (payoff.IsWorthIt())
            {
                payoff.Note(tokens: 1, seconds: 0.02, plain: 0.01);
            }
        }

        var guessed = 0;
        for (var step = 0; step < 1000; step++)
        {
            if (payoff.IsWorthIt())
            {
                guessed++;
                payoff.Note(tokens: 8, seconds: 0.02, plain: 0.01);
            }
        }

        Assert.InRange(guessed, 500, 1000);
    }
}
