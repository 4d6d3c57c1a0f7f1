using Ilab.Daemon.Access;
using Microsoft.Extensions.Time.Testing;

namespace Ilab.Daemon.Tests.Access;

/// <summary>A budget that fills evenly.</summary>
public sealed class MinuteBudgetTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void ItIsFullAtFirstAndFillsEvenly()
    {
        var budget = new MinuteBudget(_time);
        Assert.Equal([5, 4, 3, 2, 1, 0], Enumerable.Range(0, 6).Select(_ => budget.TryTake(6, 1).Left));
        Assert.Equal((false, 0, TimeSpan.FromSeconds(10)), budget.TryTake(6, 1));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.True(budget.TryTake(6, 1).Taken);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(5, budget.TryTake(6, 1).Left);
    }

    [Fact]
    public void WhatWasUsedBeyondTheLimitIsPaidBackFirst()
    {
        var budget = new MinuteBudget(_time);
        Assert.True(budget.TryTake(100, 0).Taken);
        budget.Use(100, 150);
        var (taken, _, wait) = budget.TryTake(100, 0);
        Assert.False(taken);
        Assert.Equal(30.6, wait.TotalSeconds, 3);
        _time.Advance(wait);
        Assert.True(budget.TryTake(100, 0).Taken);
    }

    [Fact]
    public void ALimitOfNothingLetsNothingThrough() => Assert.False(new MinuteBudget(_time).TryTake(0, 1).Taken);
}
