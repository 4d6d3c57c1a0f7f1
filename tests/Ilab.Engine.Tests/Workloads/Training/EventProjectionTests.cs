using Ilab.Engine.Events;
using Ilab.Engine.Jobs;
using Ilab.Engine.Secrets;
using Ilab.Engine.Workloads.Training;

namespace Ilab.Engine.Tests.Workloads.Training;

/// <summary>What a job tells of its training's reports.</summary>
public sealed class EventProjectionTests
{
    private readonly List<Transfer> _progress = [];
    private readonly List<string> _lines = [];

    [Fact]
    public void StepsAreProgressAndTheFirstIsALine()
    {
        var projection = Projection();
        projection.Tell(Step(1));
        projection.Tell(Step(2));
        projection.Tell("""{"type":"finished","file":"adapter.gguf","text":"done"}""");
        Assert.Equal([1, 2], _progress.Select(static transfer => transfer.Done));
        Assert.Equal("steps", _progress[0].Unit);
        Assert.Contains("step 1 of 9: loss 2.5000", _lines[0], StringComparison.Ordinal);
        Assert.Equal("done", _lines[^1]);
    }

    [Fact]
    public void WhatWasToldBeforeAnInterruptionIsNotToldAgain()
    {
        var projection = Projection(new Transfer("", "training", 2, 9, 0, "steps"));
        foreach (var line in new[] { """{"type":"data","text":"3 samples"}""", Step(1), Step(2), Step(3) })
        {
            projection.Tell(line);
        }

        Assert.Equal([3], _progress.Select(static transfer => transfer.Done));
        Assert.DoesNotContain("3 samples", _lines);
    }

    private static string Step(int number) =>
        $$"""{"type":"step","step":{{number}},"steps":9,"loss":2.5,"learningRate":0.001,"gradientNorm":1.5,"tokensPerSecond":100}""";

    private EventProjection Projection(Transfer? before = null)
    {
        var job = new JobRecord
        {
            Id = new string('a', 32),
            Kind = "train",
            Title = "train",
            Request = "{}",
            Progress = before,
        };
        return new EventProjection(
            new JobContext(job, "", _progress.Add, (_, text) => _lines.Add(text), new JobSecrets(new SecretStore("/none"), job)),
            TimeProvider.System
        );
    }
}
