using System.Collections.Concurrent;
using Ilab.Engine.Errors;
using Ilab.Engine.Serving.Devices;
using Ilab.Engine.Serving.Generation;
using Ilab.Engine.Tests.Serving.Inference;

namespace Ilab.Engine.Tests.Serving.Scheduling;

/// <summary>Work that wants memory without a model stands in the same queue as models do.</summary>
public sealed class SchedulerMemoryTests : IAsyncDisposable
{
    private const long GiB = EngineFixture.GiB;
    private readonly EngineFixture _f = new();
    private readonly ConcurrentQueue<string> _told = new();

    public async ValueTask DisposeAsync() => await _f.DisposeAsync();

    [Fact]
    public async Task ItIsInTheLedgerUntilItIsGivenBack()
    {
        var held = await ReserveAsync(4 * GiB);
        Assert.Equal(4 * GiB, Reserved());
        held.Dispose();
        Assert.Equal(0, Reserved());
    }

    [Fact]
    public async Task IdleModelsMakeRoomForIt()
    {
        await _f.RunAsync(EngineFixture.Request("large"));
        using var held = await ReserveAsync(9 * GiB);

        Assert.Equal(9 * GiB, Reserved());
        Assert.Contains("unload large:latest", _f.Events);
        Assert.Contains(_told, static reason => reason.Contains("unloading idle models", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AModelWaitsUntilItIsGivenBack()
    {
        var held = await ReserveAsync(9 * GiB);
        var events = _f.Engine.GenerateAsync(EngineFixture.Request("large"), CancellationToken.None).GetAsyncEnumerator();
        Assert.True(await events.MoveNextAsync().AsTask().WaitAsync(EngineFixture.Patience));
        Assert.Contains("waiting for memory", Assert.IsType<GenerationQueued>(events.Current).Reason, StringComparison.Ordinal);
        Assert.Empty(_f.Launcher.Started);

        held.Dispose();
        Assert.True(await events.MoveNextAsync().AsTask().WaitAsync(EngineFixture.Patience));
        Assert.IsType<GenerationLoading>(events.Current);
        await events.DisposeAsync();
    }

    [Fact]
    public async Task WhatCanNeverFitIsRefused()
    {
        var error = await Assert.ThrowsAsync<EngineException>(() => ReserveAsync(60 * GiB));
        Assert.Equal(ErrorKind.DoesNotFit, error.Kind);
        Assert.Contains("it needs 64.4 GB", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, Reserved());
    }

    [Fact]
    public async Task ADeviceThatIsNotThereIsNamedWithThoseThatAre()
    {
        var error = await Assert.ThrowsAsync<EngineException>(() => ReserveAsync(GiB, "cuda0"));
        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
        Assert.Contains("no such device: cuda0", error.Message, StringComparison.Ordinal);
        Assert.Equal("available devices: cpu", error.Hint);
    }

    [Fact]
    public async Task WhoeverStopsWaitingTakesNothing()
    {
        using var held = await ReserveAsync(9 * GiB);
        using var stop = new CancellationTokenSource();
        var waiting = _f.Scheduler.ReserveAsync(
            "other",
            "work",
            new Reservation(DeviceMemory.Cpu, 4 * GiB, 0),
            reason =>
            {
                _told.Enqueue(reason);
                Changes.Tell();
            },
            stop.Token
        );
        await EngineFixture.Until(() => !_told.IsEmpty);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(EngineFixture.Patience));
        held.Dispose();
        using var next = await ReserveAsync(9 * GiB);
        Assert.Equal(9 * GiB, Reserved());
    }

    [Fact]
    public async Task WhatCanNeverFitBesideWhatTheWorkHoldsIsRefused()
    {
        using var held = await ReserveAsync(4 * GiB);
        var error = await Assert.ThrowsAsync<EngineException>(() =>
            _f
                .Scheduler.ReserveAsync("more", "the work", new Reservation(DeviceMemory.Cpu, 7 * GiB, 0), _told.Enqueue, CancellationToken.None, 4 * GiB)
                .WaitAsync(EngineFixture.Patience)
        );
        Assert.Equal(ErrorKind.DoesNotFit, error.Kind);
        Assert.Contains("it needs 11", error.Message, StringComparison.Ordinal);
        Assert.Equal(4 * GiB, Reserved());
    }

    [Fact]
    public async Task WhatWasReplacedGivesNothingBack()
    {
        var first = await ReserveAsync(4 * GiB);
        using var second = await ReserveAsync(4 * GiB);
        first.Dispose();
        Assert.Equal(4 * GiB, Reserved());
    }

    [Fact]
    public async Task OfManyThatAskAtOnceNoTwoGetTheSameMemory()
    {
        var most = 0L;
        await Task.WhenAll(
                Enumerable
                    .Range(0, 40)
                    .Select(number =>
                        Task.Run(async () =>
                        {
                            using var mine = await _f.Scheduler.ReserveAsync(
                                $"work {number}",
                                "the work",
                                new Reservation(DeviceMemory.Cpu, 4 * GiB, 0),
                                static _ => { },
                                CancellationToken.None
                            );
                            InterlockedMax(ref most, Reserved());
                        })
                    )
            )
            .WaitAsync(EngineFixture.Patience);
        Assert.InRange(most, 4 * GiB, 8 * GiB);
        Assert.Equal(0, Reserved());
    }

    private static void InterlockedMax(ref long most, long value)
    {
        for (var seen = Volatile.Read(ref most); value > seen; )
        {
            seen = Interlocked.CompareExchange(ref most, value, seen) is var before && before == seen ? value : before;
        }
    }

    private Task<IDisposable> ReserveAsync(long bytes, string device = DeviceMemory.Cpu) =>
        _f
            .Scheduler.ReserveAsync("work", "the work", new Reservation(device, bytes, 0), _told.Enqueue, CancellationToken.None)
            .WaitAsync(EngineFixture.Patience);

    private long Reserved() => _f.Ledger.Snapshot().Single().Reserved;
}
