using Ilab.Runner.Contract.Training;
using Ilab.Runner.Inference;
using Ilab.Runner.Training.Planning;

namespace Ilab.Runner.Tests.Training.Planning;

public sealed class TrainingPlanTests
{
    [Fact]
    public void WhatDoesNotFitIsRefusedWithWhatWouldNeedLess()
    {
        var error = Assert.Throws<RunnerException>(() => TrainingPlan.Require(8_000_000_000, 2_500_000_000, new TrainingSpec { Type = "full", BatchSize = 4 }));

        Assert.Equal("DOES_NOT_FIT", error.Kind);
        Assert.Contains("needs 8.0 GB", error.Message, StringComparison.Ordinal);
        Assert.Contains("2.5 GB are free", error.Message, StringComparison.Ordinal);
        Assert.Contains("--gradient-checkpointing, a smaller --batch-size", error.Message, StringComparison.Ordinal);
        Assert.Contains("--training-type lora", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(250_000_000, 30, "about 250 MB of memory and 30 seconds")]
    [InlineData(1_230_000_000, 600, "about 1.2 GB of memory and 10 minutes")]
    [InlineData(1_230_000_000, 9000, "about 1.2 GB of memory and 2.5 hours")]
    public void ItIsSaidInPlainWords(long bytes, double seconds, string expected) => Assert.Equal(expected, new TrainingPlan(bytes, seconds).ToString());

    [Fact]
    public void SomethingIsFreeOnTheMachine() => Assert.True(AvailableMemory.Read() > 0);
}
