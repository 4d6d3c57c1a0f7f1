using Ilab.Runner.Inference.Steps;

namespace Ilab.Runner.Tests.Inference.Steps;

/// <summary>What one process has measured, the next one knows; what is not of this machine or cannot be, it does not believe.</summary>
public sealed class StepCostFileTests : IDisposable
{
    private const int Threads = 2;

    private readonly string _folder = Directory.CreateTempSubdirectory("ilab-costs-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void TheNextProcessBatchesRightFromItsFirstStepOn()
    {
        Learn("a");
        var next = new StepPlanner(512);
        new StepCostFile(_folder, "a").ReadInto(next);
        Assert.Equal(1, next.Group(4, Threads)); // alone is faster here, which a new planner has to find out
        Assert.Equal(4, new StepPlanner(512).Group(4, Threads));
        Assert.Equal(64, next.Part(0, Threads));
    }

    [Fact]
    public void WhatHasChangedSinceIsNoticed()
    {
        Learn("a");
        var next = new StepPlanner(512);
        new StepCostFile(_folder, "a").ReadInto(next);
        for (var step = 0; step < 200; step++)
        {
            var rows = next.Group(4, Threads);
            next.Note(new StepWork(rows, 0, rows, 0), Threads, 0.010); // all sizes cost the same now
        }

        Assert.Equal(4, next.Group(4, Threads));
    }

    [Theory]
    [InlineData("")]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("""{"key":"b","threads":{"2":{"decoding":{"1":0.001,"4":0.1},"checking":{},"prompts":{},"mixed":{}}}}""")]
    [InlineData("""{"key":"a","threads":{"0":{"decoding":{"1":0.001,"4":0.1},"checking":{},"prompts":{},"mixed":{}}}}""")]
    [InlineData("""{"key":"a","threads":{"2":{"decoding":{"1":0.001,"4":-1},"checking":{},"prompts":{},"mixed":{}}}}""")]
    [InlineData("""{"key":"a","threads":{"2":{"decoding":{"1":0.001,"4":1e300},"checking":{},"prompts":{},"mixed":{}}}}""")]
    [InlineData("""{"key":"a","threads":{"2":{"decoding":{"0":0.001,"4":0.1},"checking":{},"prompts":{},"mixed":{}}}}""")]
    [InlineData("""{"key":"a","threads":{"2":{"decoding":null,"checking":{},"prompts":{},"mixed":{}}}}""")]
    [InlineData("""{"key":"a","threads":{"2":null}}""")]
    public void WhatCannotBeIsMeasuredAnew(string content)
    {
        Learn("a");
        File.WriteAllText(Assert.Single(Directory.GetFiles(_folder)), content);
        var planner = new StepPlanner(512);
        new StepCostFile(_folder, "a").ReadInto(planner);
        Assert.Empty(planner.Export());
        Assert.Equal(4, planner.Group(4, Threads));
    }

    [Fact]
    public void AnotherMachineIsAnotherFileAndFewStepsAreNone()
    {
        Learn("a");
        Learn("b");
        Assert.Equal(2, Directory.GetFiles(_folder).Length);
        var planner = new StepPlanner(512);
        planner.Note(new StepWork(1, 0, 1, 0), Threads, 0.001);
        new StepCostFile(_folder, "c").Save(planner);
        Assert.Equal(2, Directory.GetFiles(_folder).Length);
        new StepCostFile("/proc/nowhere", "c").ReadInto(planner);
    }

    private void Learn(string key)
    {
        var planner = new StepPlanner(512);
        for (var step = 0; step < 40; step++)
        {
            foreach (var rows in new[] { 1, 2, 3, 4 })
            {
                planner.Note(new StepWork(rows, 0, rows, 0), Threads, rows == 1 ? 0.002 : 0.020);
            }

            foreach (var tokens in new[] { 32, 48, 64, 128, 256, 512 })
            {
                planner.Note(new StepWork(0, 0, 0, tokens), Threads, tokens <= 48 ? 0.01 : tokens * 0.0001);
            }
        }

        new StepCostFile(_folder, key).Save(planner);
    }
}
