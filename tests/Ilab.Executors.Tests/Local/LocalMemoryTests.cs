using Ilab.Engine.Workloads.Execution;
using Ilab.Executors.Local;
using Ilab.Executors.Tests.Fakes;
using Ilab.Posix.Files;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.Training;
using Ilab.Testing;

namespace Ilab.Executors.Tests.Local;

/// <summary>Works that want memory at once share what there is: no byte has two owners, and no two wait for each other. The tests play the runners.</summary>
public sealed class LocalMemoryTests : IAsyncLifetime
{
    private const int All = 100;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly TemporaryFolder _folder = new();
    private readonly SemaphoreSlim _planning = new(1);
    private readonly CancellationTokenSource _limit = new(Patience);
    private readonly List<IDisposable> _alive = [];
    private LimitedMachine _machine = null!;

    public Task InitializeAsync()
    {
        _machine = new LimitedMachine(_folder.Path, All);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        _alive.ForEach(static runner => runner.Dispose());
        await _machine.DisposeAsync();
        _planning.Dispose();
        _limit.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task OfManyThatAskAtOnceNoTwoGetTheSameMemory()
    {
        var inUse = 0;
        var most = 0;
        await Task.WhenAll(Enumerable.Range(0, 12).Select(number => Task.Run(() => RunAsync(number))));
        Assert.InRange(most, 60, All);
        Assert.Equal(0, _machine.Reserved);

        async Task RunAsync(int number)
        {
            // Two that have only begun fit, two that have all they need do not.
            var bytes = 60 + number;
            await using var memory = New(number, order: 40);
            await memory.BeginAsync(_limit.Token);
            await AnswerAsync(memory, number, bytes);
            var now = Interlocked.Add(ref inUse, bytes);
            InterlockedMax(ref most, now);
            await Task.Yield();
            Interlocked.Add(ref inUse, -bytes);
        }
    }

    [Fact]
    public async Task WhatIsAskedForBeyondTheOrderIsAddedToItEveryTime()
    {
        await using var memory = New(0, order: 20);
        await memory.BeginAsync(_limit.Token);
        foreach (var bytes in new[] { 50, 70, 75 })
        {
            await AnswerAsync(memory, 0, bytes);
            Assert.Equal(bytes, _machine.Reserved);
        }
    }

    [Fact]
    public async Task WhatIsNotNeededIsReturnedAndHasToBeAskedForAgain()
    {
        await using var memory = New(0, order: 60);
        await memory.BeginAsync(_limit.Token);
        await AnswerAsync(memory, 0, 20);
        Assert.Equal(20, _machine.Reserved);

        await using (var other = New(1, order: 70))
        {
            await other.BeginAsync(_limit.Token);
            Files(0).Clear();
            Files(0).Ask(50);
            memory.Advance();
            Assert.False(Files(0).IsAnswered);
            Assert.Equal(90, _machine.Reserved);
        }

        await AnswerAsync(memory, 0, 50);
        Assert.Equal(50, _machine.Reserved);
    }

    [Fact]
    public async Task ARunnerThatStillAsksWhenItsServiceEndsGetsItsMemoryBeforeNewWork()
    {
        Live(0);
        var left = New(0, order: 40);
        Assert.True(left.TryAdopt());
        await using var next = New(1, order: 40);
        var begun = next.BeginAsync(_limit.Token);
        await AnswerAsync(left, 0, 90);
        Assert.Equal(90, _machine.Reserved);
        Assert.False(begun.IsCompleted);

        await left.DisposeAsync();
        await begun.WaitAsync(Patience);
        await AnswerAsync(next, 1, 90);
        Assert.Equal(90, _machine.Reserved);
    }

    [Fact]
    public async Task ARunnerThatHasItsMemoryKeepsItWithoutKeepingOthersFromPlanning()
    {
        Live(0);
        await using var left = New(0, order: 40);
        Files(0).Ask(50);
        Files(0).Grant(50);
        Assert.True(left.TryAdopt());
        Assert.Equal(50, _machine.Reserved);
        await using var next = New(1, order: 30);
        await next.BeginAsync(_limit.Token).WaitAsync(Patience);
        Assert.Equal(80, _machine.Reserved);
    }

    [Fact]
    public async Task AQuestionThatComesWhileTheWorkWaitsForItsTurnIsNotLost()
    {
        await using var first = New(0, order: 10);
        await first.BeginAsync(_limit.Token);
        await using var second = New(1, order: 10);
        var begun = second.BeginAsync(_limit.Token);

        // A service that was killed had just started this runner.
        Live(1);
        Files(1).Ask(30);
        await AnswerAsync(first, 0, 10);
        await begun.WaitAsync(Patience);
        await UntilAnsweredAsync(second, 1);
        Assert.Null(Files(1).Refusal());
        Assert.Equal(40, _machine.Reserved);
    }

    [Fact]
    public async Task WhatCanNeverFitIsRefusedAndOthersGoOn()
    {
        await using var large = New(0, order: 10);
        await large.BeginAsync(_limit.Token);
        Files(0).Ask(All + 1);
        await UntilAnsweredAsync(large, 0);
        Assert.Contains("does not fit", Files(0).Refusal(), StringComparison.Ordinal);
        await using var other = New(1, order: 10);
        await other.BeginAsync(_limit.Token).WaitAsync(Patience);
    }

    [Fact]
    public async Task WorkThatEndsWhileItWaitsLeavesNothingReserved()
    {
        using var models = _machine.Devices.Hold("models", new(TrainingSpec.Cpu, 80, 0));
        await using (var memory = New(0, order: 10))
        {
            await memory.BeginAsync(_limit.Token);
            Files(0).Ask(50);
            memory.Advance();
        }

        Assert.Equal(80, _machine.Reserved);
        await using var next = New(1, order: 20);
        await next.BeginAsync(_limit.Token).WaitAsync(Patience);
    }

    private static string IdOf(int number) => WorkIds.Of($"{number}", RunnerKinds.Train);

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = Volatile.Read(ref most); value > seen; )
        {
            seen = Interlocked.CompareExchange(ref most, value, seen) is var before && before == seen ? value : before;
        }
    }

    private WorkFolder FolderOf(int number) => new(_folder.Path, IdOf(number));

    private MemoryFiles Files(int number) => new(Directory.CreateDirectory(FolderOf(number).Output).FullName);

    private LocalMemory New(int number, long order)
    {
        Files(number).Clear();
        return new LocalMemory(_machine.Devices, FolderOf(number), new WorkMemory(TrainingSpec.Cpu, order), _planning, static _ => { });
    }

    /// <summary>A runner of that number is alive.</summary>
    private void Live(int number)
    {
        FolderOf(number).Bundle.Create();
        _alive.Add(FileLock.TryTake(Path.Combine(FolderOf(number).Bundle.Directory, BundleFiles.Lock))!);
    }

    private async Task AnswerAsync(LocalMemory memory, int number, long bytes)
    {
        Files(number).Clear();
        Files(number).Ask(bytes);
        await UntilAnsweredAsync(memory, number);
        Assert.Null(Files(number).Refusal());
    }

    private async Task UntilAnsweredAsync(LocalMemory memory, int number)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (!Files(number).IsAnswered)
        {
            memory.Advance();
            await timer.WaitForNextTickAsync(_limit.Token);
        }
    }
}
