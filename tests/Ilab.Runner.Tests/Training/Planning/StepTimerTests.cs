using Ilab.Runner.Training.Planning;

namespace Ilab.Runner.Tests.Training.Planning;

/// <summary>How long a step will take is known when its time has settled.</summary>
public sealed class StepTimerTests
{
    [Theory]
    [InlineData(1.0, 4, new[] { 9, 2, 1.02, 1 })]
    [InlineData(1.0, 3, new[] { 9.0, 1, 1, 0.1 })]
    [InlineData(0.4, 8, new[] { 9, 6, 5, 4, 3, 2, 1, 0.4, 0.1 })]
    public void TheFirstTimeDoesNotCountAndTwoThatAgreeEndIt(double expected, int times, double[] taken)
    {
        var (now, calls) = (0.0, 0);
        var seconds = StepTimer.Settled(() => now += taken[calls++], () => now);

        Assert.Equal(expected, seconds, 1e-9);
        Assert.Equal(times, calls);
    }
}
