using Ilab.Engine.Events;
using Ilab.Engine.Jobs;
using Ilab.Engine.Workloads.Training;

namespace Ilab.Engine.Tests.Workloads.Training;

/// <summary>What a job tells of its runner's log.</summary>
public sealed class EventProjectionTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ilab-projection-");
    private readonly List<Transfer> _progress = [];
    private readonly List<string> _lines = [];

    [Fact]
    public void EveryStepIsToldOnceAndHalfALineNotYet()
    {
        var projection = Projection();
        projection.Advance();
        Write(Step(1) + Step(2)[..10]);
        projection.Advance();
        Assert.Equal([1], _progress.Select(static transfer => transfer.Done));

        File.AppendAllText(Log, Step(2)[10..] + """{"type":"finished","file":"adapter.gguf"}""" + "\n");
        projection.Advance();
        projection.Advance();
        Assert.Equal([1, 2], _progress.Select(static transfer => transfer.Done));
        Assert.Equal("adapter.gguf", projection.Finished!.File);
        Assert.Equal("steps", _progress[0].Unit);
        Assert.Contains("step 1 of 9: loss 2.5000", _lines[0], StringComparison.Ordinal);
    }

    [Fact]
    public void WhatWasToldBeforeAnInterruptionIsNotToldAgain()
    {
        var projection = Projection(new Transfer("", "training", 2, 9, 0, "steps"));
        Write("""{"type":"data","text":"3 samples"}""" + "\n" + Step(1) + Step(2) + Step(3));
        projection.Advance();

        Assert.Equal([3], _progress.Select(static transfer => transfer.Done));
        Assert.DoesNotContain("3 samples", _lines);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private string Log => Path.Combine(_folder.FullName, "events.jsonl");

    private static string Step(int number) => $$"""{"type":"step","step":{{number}},"steps":9,"loss":2.5,"learningRate":0.001,"gradientNorm":1.5,"tokensPerSecond":100}""" + "\n";

    private void Write(string text) => File.WriteAllText(Log, text);

    private EventProjection Projection(Transfer? before = null)
    {
        var job = new JobRecord { Id = new string('a', 32), Kind = "train", Title = "train", Request = "{}", Progress = before };
        return new EventProjection(Log, new JobContext(job, _folder.FullName, _progress.Add, (_, text) => _lines.Add(text)), TimeProvider.System);
    }
}
