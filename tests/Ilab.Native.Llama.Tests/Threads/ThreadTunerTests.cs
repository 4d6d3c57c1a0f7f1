using Ilab.Native.Llama.Threads;

namespace Ilab.Native.Llama.Tests.Threads;

public sealed class ThreadTunerTests
{
    [Fact]
    public void WhereMoreThreadsGainNothingOneIsEnough() => Assert.Equal(1, Settled(limit: 2, static _ => 3));

    [Fact]
    public void WhereTheyGainTheyAreUsed() => Assert.Equal(2, Settled(limit: 2, static threads => 6.0 / threads));

    [Fact]
    public void TheBestNumberInBetweenIsFound() => Assert.Equal(4, Settled(limit: 16, static threads => (16.0 / threads) + threads));

    [Fact]
    public void TrialsCostLessThanOnePercent()
    {
        var tuner = new ThreadTuner();
        var (spent, best) = (0.0, 0.0);
        for (var step = 0; step < 5000; step++)
        {
            var threads = tuner.Choose(2, 2);
            var time = threads == 2 ? 3 : 5.4;
            (spent, best) = (spent + time, best + 3);
            tuner.Report(threads, TimeSpan.FromMilliseconds(time));
        }

        Assert.InRange(spent / best, 1, 1.01);
    }

    [Fact]
    public void WhatChangesLaterIsNoticed()
    {
        var tuner = new ThreadTuner();
        Run(tuner, 2000, 2, static _ => 3);
        Assert.Equal(1, tuner.Choose(2, 2));
        Run(tuner, 2000, 2, static threads => 10.0 / threads); // the context has grown
        Assert.Equal(2, tuner.Choose(2, 2));
    }

    [Fact]
    public void NoMoreThanThereMayBe()
    {
        var tuner = new ThreadTuner();
        Run(tuner, 100, 8, static threads => 10.0 / threads);
        Assert.Equal(3, tuner.Choose(3, 8));
    }

    [Fact]
    public void AnotherLimitBeginsAnew()
    {
        var tuner = new ThreadTuner();
        Run(tuner, 500, 2, static _ => 3);
        Assert.Equal(1, tuner.Choose(2, 2));
        Assert.Equal(4, tuner.Choose(4, 4));
    }

    private static int Settled(int limit, Func<int, double> milliseconds)
    {
        var tuner = new ThreadTuner();
        Run(tuner, 3000, limit, milliseconds);
        var chosen = new Dictionary<int, int>();
        for (var step = 0; step < 400; step++)
        {
            var threads = tuner.Choose(limit, limit);
            chosen[threads] = chosen.GetValueOrDefault(threads) + 1;
            tuner.Report(threads, TimeSpan.FromMilliseconds(milliseconds(threads)));
        }

        return chosen.MaxBy(static entry => entry.Value).Key;
    }

    private static void Run(ThreadTuner tuner, int steps, int limit, Func<int, double> milliseconds)
    {
        for (var step = 0; step < steps; step++)
        {
            var threads = tuner.Choose(limit, limit);
            tuner.Report(threads, TimeSpan.FromMilliseconds(milliseconds(threads)));
        }
    }
}
