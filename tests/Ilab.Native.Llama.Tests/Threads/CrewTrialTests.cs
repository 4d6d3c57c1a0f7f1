using Ilab.Native.Llama.Threads;

namespace Ilab.Native.Llama.Tests.Threads;

public sealed class CrewTrialTests
{
    private readonly CrewTrial _trial = new();
    private TimeSpan _now = TimeSpan.FromSeconds(100);

    [Theory]
    [InlineData(4, 5, true)]
    [InlineData(5, 4, false)]
    [InlineData(0.3, 0.09, false)]
    [InlineData(300, 400, true)]
    public void TheFasterWayIsTaken(double crew, double single, bool isCrew)
    {
        Run(TimeSpan.FromSeconds(5), crew, single);
        var (taken, all) = Run(TimeSpan.FromSeconds(60), crew, single);
        Assert.InRange((double)(isCrew ? taken : all - taken) / all, 0.94, 1);
    }

    /// <summary>Trials cost a percent or so, also when the other way is much slower.</summary>
    [Theory]
    [InlineData(2, 20)]
    [InlineData(20, 2)]
    public void TrialsCostLittle(double crew, double single)
    {
        Run(TimeSpan.FromSeconds(20), crew, single);
        var start = _now;
        var (_, steps) = Run(TimeSpan.FromSeconds(60), crew, single);
        Assert.InRange((_now - start).TotalMilliseconds / steps / Math.Min(crew, single), 1, 1.03);
    }

    [Fact]
    public void WhenTheOtherWayBecomesFasterItIsFound()
    {
        Run(TimeSpan.FromSeconds(60), 4, 5);
        Run(TimeSpan.FromSeconds(10), 6, 5);
        var (crew, all) = Run(TimeSpan.FromSeconds(10), 6, 5);
        Assert.InRange(crew, 0, all / 10);
    }

    /// <summary>Every seventh step of the crew takes ten times as long: the mean counts.</summary>
    [Fact]
    public void AStepThatIsUsuallyFasterMayBeSlowerInTheMean()
    {
        var step = 0;
        for (var end = _now + TimeSpan.FromSeconds(10); _now < end; )
        {
            Step(step++ % 7 == 0 ? 20 : 2, 3);
        }

        var (crew, all) = Run(TimeSpan.FromSeconds(1), 5, 3);
        Assert.InRange(crew, 0, all / 10);
    }

    [Fact]
    public void AStepThatWasNotAskedForDoesNotCount()
    {
        for (var step = 0; step < 1000; step++)
        {
            _trial.Report(isCrew: false, TimeSpan.FromMilliseconds(0.1));
            Assert.True(Step(2, 3));
            _trial.Report(isCrew: true, TimeSpan.FromMilliseconds(500));
            if (_now > TimeSpan.FromSeconds(100.05))
            {
                break; // the first trial comes next
            }
        }
    }

    [Fact]
    public void AfterARestItBeginsAnew()
    {
        Run(TimeSpan.FromSeconds(60), 4, 5);
        _now += TimeSpan.FromMinutes(1);
        var (crew, all) = Run(TimeSpan.FromSeconds(0.25), 4, 5);
        Assert.InRange(all - crew, 10, 14); // one trial
    }

    /// <returns>How many of the steps a crew computed.</returns>
    private (int Crew, int All) Run(TimeSpan time, double crew, double single)
    {
        var (taken, all) = (0, 0);
        for (var end = _now + time; _now < end; all++)
        {
            taken += Step(crew, single) ? 1 : 0;
        }

        return (taken, all);
    }

    private bool Step(double crew, double single)
    {
        var isCrew = _trial.Choose(_now);
        var taken = TimeSpan.FromMilliseconds(isCrew ? crew : single);
        _now += taken;
        _trial.Report(isCrew, taken);
        return isCrew;
    }
}
