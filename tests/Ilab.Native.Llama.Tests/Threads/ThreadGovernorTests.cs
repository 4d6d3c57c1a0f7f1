using Ilab.Native.Llama.Threads;

namespace Ilab.Native.Llama.Tests.Threads;

public sealed class ThreadGovernorTests
{
    private readonly ThreadGovernor _governor = new();
    private TimeSpan _now;

    [Fact]
    public void AQuietMachineGivesAll()
    {
        for (var step = 0; step < 100; step++)
        {
            Assert.Equal(2, Step(limit: 2, free: 2, milliseconds: 3));
        }

        Assert.False(_governor.IsBusy);
    }

    [Theory]
    [InlineData(2, 8, 6, 1)]
    [InlineData(2, 100, 95, 1)]
    [InlineData(8, 10, 10, 7)]
    [InlineData(8, 10, 31, 5)]
    [InlineData(8, 10, 79, 1)]
    public void OneContendedStepIsEnoughToGoDown(int limit, double elapsed, double waited, int expected)
    {
        _governor.Most(_now, new ThreadSupply(limit, limit));
        _governor.Report(_now, limit, Milliseconds(elapsed), Milliseconds(waited));

        Assert.Equal(expected, _governor.Most(_now, new ThreadSupply(limit, 1)));
        Assert.True(_governor.IsBusy);
    }

    [Theory]
    [InlineData(2, 3, 1)] // an interrupt
    [InlineData(2, 7, 4)] // a time slice of a neighbour
    [InlineData(2, 200, 20)] // a neighbour for a moment, in a long step
    [InlineData(1, 100, 90)] // alone it waits for nobody's sake
    public void AShortWaitChangesNothing(int threads, double elapsed, double waited) =>
        Assert.False(ThreadGovernor.IsContended(threads, Milliseconds(elapsed), Milliseconds(waited)));

    /// <summary>Every other step waits for two milliseconds: none for long, all together a quarter of the time of one thread.</summary>
    [Fact]
    public void ShortWaitsInManyStepsAddUp()
    {
        var contended = 0;
        for (var step = 0; step < 30 && contended == 0; step++)
        {
            _governor.Most(_now, new ThreadSupply(2, 2));
            _now += Milliseconds(4);
            contended = _governor.Report(_now, 2, Milliseconds(4), Milliseconds(step % 2 * 2)) ? step : 0;
        }

        Assert.InRange(contended, 3, 25);
        Assert.Equal(1, _governor.Most(_now, new ThreadSupply(2, 2)));
    }

    /// <summary>A process of little weight has its slice of three milliseconds twelve times a second.</summary>
    [Fact]
    public void ANeighbourOfLittleWeightIsBorne()
    {
        for (var step = 0; step < 1000; step++)
        {
            Assert.Equal(2, _governor.Most(_now, new ThreadSupply(2, 2)));
            var isInterrupted = step % 20 == 19;
            _now += Milliseconds(isInterrupted ? 7 : 4);
            Assert.False(_governor.Report(_now, 2, Milliseconds(isInterrupted ? 7 : 4), Milliseconds(isInterrupted ? 3 : 0)));
        }
    }

    [Fact]
    public void BesideABusyNeighbourItDoesNotTry()
    {
        Contend();
        for (var step = 0; step < 1000; step++)
        {
            Assert.Equal(1, Step(limit: 2, free: 1.05, milliseconds: 5));
        }
    }

    [Fact]
    public void WhenTheNeighbourHasGoneItGoesUpWithinATenthOfASecond()
    {
        Contend();
        Run(seconds: 5, free: 1);
        var gone = _now;
        while (Step(limit: 2, free: 2, milliseconds: 2) < 2) { }

        Assert.InRange((_now - gone).TotalMilliseconds, 0, 100);
        Assert.False(_governor.IsBusy);
    }

    /// <summary>Not told what is free, it finds out; the tries cost less than one percent of the time when each costs five milliseconds.</summary>
    [Fact]
    public void BlindTriesBecomeRare() => Assert.InRange(TriesOfAMinute(new ThreadSupply(2, null), step: 5, waited: 5.1), 10, 45);

    [Fact]
    public void AfterACalmTimeTheFirstTryComesSoonAgain()
    {
        for (var contention = 0; contention < 10; contention++)
        {
            Contend();
            Run(seconds: 3, free: 2);
        }

        Contend();
        var start = _now;
        while (_governor.Most(_now, new ThreadSupply(2, 2)) < 2)
        {
            _now += Milliseconds(1);
        }

        Assert.InRange((_now - start).TotalMilliseconds, 0, 60);
    }

    /// <summary>Somebody needs a CPU for a moment, twice a second: the rest of the time both threads compute.</summary>
    [Fact]
    public void WhereCpusAreFreeMomentsOfContentionCostLittle()
    {
        var both = 0;
        for (var step = 0; step < 2000; step++)
        {
            var threads = _governor.Most(_now, new ThreadSupply(2, 1.9));
            var isInterrupted = step % 100 == 99 && threads > 1;
            _now += Milliseconds(isInterrupted ? 11 : 5);
            _governor.Report(_now, threads, Milliseconds(isInterrupted ? 11 : 5), Milliseconds(isInterrupted ? 6 : 0));
            both += threads > 1 ? 1 : 0;
        }

        Assert.InRange(both, 1700, 2000);
    }

    [Fact]
    public void WhoComesBackToABusyMachineBeginsWithLess()
    {
        Run(seconds: 1, free: 2);
        _now += TimeSpan.FromSeconds(10);
        Assert.Equal(1, _governor.Most(_now, new ThreadSupply(2, 1)));
    }

    /// <summary>The CPU was used by those who passed the request on.</summary>
    [Fact]
    public void WhoComesBackLooksAgainSoon()
    {
        Run(seconds: 1, free: 2);
        _now += TimeSpan.FromSeconds(10);
        Assert.Equal(1, _governor.Most(_now, new ThreadSupply(2, 1)));
        _now += Milliseconds(3);
        Assert.Equal(2, _governor.Most(_now, new ThreadSupply(2, 2)));
    }

    [Fact]
    public void ALimitThatFallsHoldsAtOnceAndOneThatRisesIsUsed()
    {
        Assert.Equal(8, Step(limit: 8, free: 8, milliseconds: 2));
        Assert.Equal(3, Step(limit: 3, free: 3, milliseconds: 2));
        Assert.Equal(6, Step(limit: 6, free: 6, milliseconds: 2));
    }

    [Theory]
    [InlineData(0.0, 1)]
    [InlineData(2.4, 2)]
    [InlineData(2.7, 3)]
    [InlineData(9, 8)]
    public void ItGoesUpAsFarAsCpusAreFree(double free, int expected)
    {
        _governor.Most(_now, new ThreadSupply(8, 8));
        _governor.Report(_now, 8, Milliseconds(10), Milliseconds(79));
        _now += TimeSpan.FromSeconds(1);
        _governor.Report(_now, 1, Milliseconds(10), TimeSpan.Zero);
        Assert.Equal(expected, _governor.Most(_now, new ThreadSupply(8, free)));
    }

    /// <summary>While a crew computes, a try costs more than it may bring.</summary>
    [Fact]
    public void WhereACrewTakesCpusTriesAreRare() => Assert.InRange(TriesOfAMinute(new ThreadSupply(2, null, IsTaken: true), step: 10, waited: 9), 8, 20);

    [Fact]
    public void WhenTheCrewFindsTheCpusFreeTheyAreUsedAtOnce()
    {
        Contend();
        for (var end = _now + TimeSpan.FromSeconds(2); _now < end; )
        {
            Assert.Equal(1, Step(limit: 2, free: null, milliseconds: 10, isTaken: true));
        }

        Assert.Equal(2, Step(limit: 2, free: 2, milliseconds: 10));
        Assert.False(_governor.IsBusy);
    }

    /// <summary>Whatever is measured: at least one thread, never more than the limit.</summary>
    [Fact]
    public void ItStaysWithinBounds()
    {
        var random = new Random(4);
        for (var step = 0; step < 20_000; step++)
        {
            var limit = random.Next(1, 9);
            var threads = _governor.Most(_now, new ThreadSupply(limit, random.Next(3) == 0 ? null : random.NextDouble() * 9));
            Assert.InRange(threads, 1, limit);
            var elapsed = Milliseconds(random.NextDouble() * 20);
            _now += elapsed + Milliseconds(random.Next(5) == 0 ? 300 : 0);
            _governor.Report(_now, threads, elapsed, elapsed * random.NextDouble() * threads * random.Next(2));
        }
    }

    private static TimeSpan Milliseconds(double value) => TimeSpan.FromMilliseconds(value);

    private void Contend()
    {
        _governor.Most(_now, new ThreadSupply(2, 2));
        Assert.True(_governor.Report(_now, 2, Milliseconds(7), Milliseconds(6)));
    }

    /// <summary>Two threads always wait; steps and waits are in milliseconds.</summary>
    private int TriesOfAMinute(in ThreadSupply supply, double step, double waited)
    {
        Contend();
        var tries = 0;
        for (var end = _now + TimeSpan.FromMinutes(1); _now < end; )
        {
            var threads = _governor.Most(_now, supply);
            _now += Milliseconds(step);
            tries += threads > 1 ? 1 : 0;
            _governor.Report(_now, threads, Milliseconds(step), threads > 1 ? Milliseconds(waited) : TimeSpan.Zero);
        }

        return tries;
    }

    private void Run(double seconds, double free)
    {
        for (var end = _now + TimeSpan.FromSeconds(seconds); _now < end; )
        {
            Step(2, free, 3);
        }
    }

    private int Step(int limit, double? free, double milliseconds, bool isTaken = false)
    {
        var threads = _governor.Most(_now, new ThreadSupply(limit, free, IsTaken: isTaken));
        _now += Milliseconds(milliseconds);
        _governor.Report(_now, threads, Milliseconds(milliseconds), TimeSpan.Zero);
        return threads;
    }
}
