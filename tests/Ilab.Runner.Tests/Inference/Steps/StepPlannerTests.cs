using Ilab.Runner.Inference.Steps;

namespace Ilab.Runner.Tests.Inference.Steps;

/// <summary>A planner on machines whose costs are known: it finds the fastest sizes, and takes few steps to find them.</summary>
public sealed class StepPlannerTests
{
    private const int Threads = 2;

    /// <summary>Tokens per second of all together, as measured with llama.cpp's own kernels: two to six are slower than one after the other.</summary>
    private static readonly (int Rows, double Speed)[] SmallBatchesAreSlow =
    [
        (1, 299),
        (2, 189),
        (3, 246),
        (4, 272),
        (6, 326),
        (8, 505),
        (12, 616),
        (16, 749),
        (32, 851),
    ];

    [Theory]
    [InlineData(2, 1)]
    [InlineData(3, 1)]
    [InlineData(4, 1)]
    [InlineData(6, 6)]
    [InlineData(8, 8)]
    [InlineData(16, 16)]
    [InlineData(32, 32)]
    public void ItFindsTheSizeOfMostTokensPerSecond(int sequences, int expected)
    {
        var planner = new StepPlanner(512);
        var chosen = Decode(planner, sequences, 400, rows => rows / Interpolate(rows));

        Assert.Equal(expected, chosen.TakeLast(60).GroupBy(static size => size).MaxBy(static group => group.Count())!.Key);

        // Together they are nearly as fast as if it had been known from the start.
        var time = chosen.Sum(static rows => rows / Interpolate(rows));
        Assert.InRange(chosen.Sum() / time, 0.9 * chosen.Max(Interpolate), double.MaxValue);
    }

    [Fact]
    public void WhatCannotBeFasterIsNotTried()
    {
        var chosen = Decode(new StepPlanner(512), 16, 200, static rows => 0.010 + (rows * 0.0001)); // as on a GPU

        Assert.Equal([16, 1], chosen.Distinct()); // a single row takes as long as sixteen: that says it all
        Assert.InRange(chosen.Count(static size => size == 1), 1, 6);
    }

    [Theory]
    [InlineData(0.95, 7)] // sure guesses: eight rows take little longer than one
    [InlineData(0.6, 1)]
    [InlineData(0.05, 0)]
    public void AsManyTokensAreGuessedAsPay(double acceptance, int atLeast)
    {
        var planner = new StepPlanner(512);
        Decode(planner, 1, 10, static _ => 0.010);
        var chosen = Enumerable.Range(0, 40).Select(_ => Guess(planner, acceptance, static rows => 0.010 + (0.0005 * (rows - 1)))).ToList();

        Assert.InRange(chosen.TakeLast(20).Order().ElementAt(10), atLeast, atLeast == 0 ? 0 : 15);
    }

    [Fact]
    public void AStepWithGuessesHasNoMoreRowsThanABatch()
    {
        const int Sequences = 60;
        var planner = new StepPlanner(512);
        Decode(planner, Sequences, 10, static _ => 0.010);
        double[] acceptances = [.. Enumerable.Repeat(0.95, Sequences)];
        var most = 0;
        for (var step = 0; step < 1000; step++)
        {
            var guesses = planner.Guesses(acceptances, Threads);
            most = Math.Max(most, guesses);
            Assert.InRange(Sequences * (1 + guesses), Sequences, 256);
            planner.Note(new StepWork(Sequences, Sequences * guesses, Sequences * (1 + guesses), 0), Threads, 0.010 + (0.001 * guesses));
        }

        Assert.Equal(3, most);
    }

    [Fact]
    public void NothingIsGuessedWhereMoreRowsTakeAsMuchMore()
    {
        var planner = new StepPlanner(512);
        Decode(planner, 1, 10, static _ => 0.010);
        var chosen = Enumerable.Range(0, 40).Select(_ => Guess(planner, 0.9, static rows => 0.010 * rows)).ToList();

        Assert.InRange(chosen.Count(static guesses => guesses > 0), 1, 4); // each size once
    }

    [Fact]
    public void AMachineThatChangesIsNoticed()
    {
        var planner = new StepPlanner(512);
        Assert.Equal(4, Decode(planner, 4, 100, static _ => 0.010)[^1]);
        var later = Decode(planner, 4, 1000, static rows => rows == 1 ? 0.002 : 0.020);
        Assert.Equal(1, later.TakeLast(60).GroupBy(static size => size).MaxBy(static group => group.Count())!.Key);
    }

    [Theory]
    [InlineData(0, 64)] // 92 % of the best speed
    [InlineData(8, 64)]
    public void PromptsComeInTheSmallestPartsThatAreFast(int running, int expected)
    {
        var planner = new StepPlanner(512);
        var parts = Prompts(planner, running, 200, static rows => 0.0005 + (Math.Max(rows, 60) * 0.0002));

        Assert.Equal(expected, parts.TakeLast(60).GroupBy(static size => size).MaxBy(static group => group.Count())!.Key);
    }

    [Fact]
    public void RunningAnswersDoNotWaitLongForAPart()
    {
        // The larger, the faster; but nobody should wait a second for the next token.
        var planner = new StepPlanner(512);
        var parts = Prompts(planner, running: 2, 200, static rows => 0.05 + (rows * 0.001));
        Assert.InRange(parts.TakeLast(60).Order().ElementAt(30), 1, 64);

        // Nobody waits: nearly as fast as it goes.
        Assert.Equal(384, Prompts(planner, running: 0, 200, static rows => 0.05 + (rows * 0.001)).TakeLast(60).Order().ElementAt(30));
    }

    [Fact]
    public void SequencesRideWhereThatIsFasterThanAStepOfTheirOwn()
    {
        var planner = new StepPlanner(512);
        for (var step = 0; step < 5; step++)
        {
            planner.Note(new StepWork(8, 0, 8, 0), Threads, 0.02);
            planner.Note(new StepWork(0, 0, 0, 128), Threads, 0.05);
        }

        Assert.True(planner.Rides(8, 128, Threads), "not tried yet");
        planner.Note(new StepWork(8, 0, 8, 128), Threads, 0.06);
        Assert.True(planner.Rides(8, 128, Threads), "60 ms instead of 70");
        for (var step = 0; step < 5; step++)
        {
            planner.Note(new StepWork(8, 0, 8, 128), Threads, 0.1);
        }

        Assert.False(planner.Rides(8, 128, Threads), "100 ms instead of 70");
        Assert.False(planner.Rides(8, 510, Threads), "there is no room");
        Assert.False(planner.Rides(0, 128, Threads), "there is nobody");
    }

    [Fact]
    public void OtherNumbersOfThreadsAreOtherMachines()
    {
        var planner = new StepPlanner(512);
        Decode(planner, 4, 150, static rows => rows * 0.01 * (rows == 1 ? 0.5 : 1));
        Assert.Equal([1, 1], [planner.Group(4, Threads), planner.Group(4, Threads)]);
        Assert.Equal(4, planner.Group(4, Threads + 1));
    }

    private static List<int> Decode(StepPlanner planner, int sequences, int steps, Func<int, double> cost)
    {
        var chosen = new List<int>();
        for (var step = 0; step < steps; step++)
        {
            chosen.Add(planner.Group(sequences, Threads));
            planner.Note(new StepWork(chosen[^1], 0, chosen[^1], 0), Threads, cost(chosen[^1]));
        }

        return chosen;
    }

    private static List<int> Prompts(StepPlanner planner, int running, int steps, Func<int, double> cost)
    {
        var chosen = new List<int>();
        for (var step = 0; step < steps; step++)
        {
            chosen.Add(planner.Part(running, Threads));
            planner.Note(new StepWork(0, 0, 0, chosen[^1]), Threads, cost(chosen[^1]));
        }

        return chosen;
    }

    private static double Interpolate(int rows)
    {
        var (below, above) = (SmallBatchesAreSlow.Last(one => one.Rows <= rows), SmallBatchesAreSlow.First(one => one.Rows >= rows));
        return below.Rows == above.Rows ? below.Speed : below.Speed + ((above.Speed - below.Speed) * (rows - below.Rows) / (above.Rows - below.Rows));
    }

    private static int Guess(StepPlanner planner, double acceptance, Func<int, double> cost)
    {
        var guesses = planner.Guesses([acceptance], Threads);
        var taken = 1 + Math.Min(guesses, (int)Math.Round(acceptance * (1 - Math.Pow(acceptance, guesses)) / (1 - acceptance)));
        planner.Note(new StepWork(1, guesses, taken, 0), Threads, cost(1 + guesses));
        return guesses;
    }
}
