using Ilab.Engine.Errors;
using Ilab.Engine.Workloads.Execution;
using Ilab.Testing.Work;

namespace Ilab.Executors.Tests.Fixtures;

/// <summary>What every executor has to do. A new one is tested by a class that derives from this and says how its workers are scripted.</summary>
public abstract class ExecutorBehaviour : IAsyncLifetime
{
    protected const string Output = "model.gguf";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private int _ids;

    /// <summary>The executor as the service has it now.</summary>
    protected abstract IExecutor Executor { get; }

    /// <summary>Work of a worker that does these steps; its output is called <see cref="Output"/>.</summary>
    protected abstract WorkOrder Order(string id, params Step[] steps);

    /// <summary>The service ends; what it submitted does not.</summary>
    protected abstract Task StopServiceAsync();

    /// <summary>Another service on the same place.</summary>
    protected abstract Task StartServiceAsync();

    /// <summary>Lets a worker that waits go on.</summary>
    protected abstract Task ReleaseAsync(string id);

    /// <summary>Ends a worker without giving it a say.</summary>
    protected abstract Task KillWorkerAsync(string id);

    /// <summary>Returns when no worker of it is alive.</summary>
    protected abstract Task UntilOverAsync(string id);

    /// <summary>How many workers have begun with it.</summary>
    protected abstract int RunsOf(string id);

    public virtual Task InitializeAsync() => StartServiceAsync();

    public virtual Task DisposeAsync() => StopServiceAsync();

    [Fact]
    public async Task WorkRunsToItsEndAndItsOutputIsThereAsOftenAsWanted()
    {
        var id = await SubmitAsync(new Step.Report(1, 2), new Step.Write('a', 1000));
        var events = await AllAsync(id);
        Assert.Equal(WorkEventKind.Started, events[0].Kind);
        Assert.Equal(WorkEnd.Succeeded, events[^1].End);
        Assert.Equal(new string('a', 1000), await CollectAsync(id));
        Assert.Equal(new string('a', 1000), await CollectAsync(id));
    }

    [Fact]
    public async Task SubmittingTheSameIdAgainStartsNothing()
    {
        var id = await SubmitAsync(new Step.Wait(), new Step.Write('a', 10));
        await UntilStartedAsync(id);
        var again = Order(id, new Step.Fail("INTERNAL", "the second must not run"));
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Executor.SubmitAsync(again, CancellationToken.None))).WaitAsync(Patience);
        await ReleaseAsync(id);
        var events = await AllAsync(id);
        Assert.Single(events, static entry => entry.Kind == WorkEventKind.Started);
        await Executor.SubmitAsync(again, CancellationToken.None);
        Assert.Equal(events, await AllAsync(id));
        Assert.Equal(new string('a', 10), await CollectAsync(id));
    }

    [Fact]
    public async Task EventsAreNumberedAndTheSameFromWhereverTheyAreObserved()
    {
        var id = await SubmitAsync(new Step.Report(1, 3), new Step.Wait(), new Step.Report(3, 3), new Step.Write('a', 1));
        var early = AllAsync(id);
        await UntilAsync(id, static entry => entry.Kind == WorkEventKind.Progress);
        await ReleaseAsync(id);
        var events = await early;
        Assert.Equal(Enumerable.Range(1, events.Count).Select(static number => (long)number), events.Select(static entry => entry.Number));
        Assert.Contains(events, static entry => entry is { Kind: WorkEventKind.Progress, Done: 1, Total: 3 });
        Assert.Single(events, static entry => entry.Kind == WorkEventKind.Ended);
        for (var after = 0; after <= events.Count; after++)
        {
            Assert.Equal(events.Skip(after), await AllAsync(id, after));
        }

        await StopServiceAsync();
        await StartServiceAsync();
        Assert.Equal(events, await AllAsync(id));
    }

    [Fact]
    public async Task WorkGoesOnWhileTheServiceIsReplacedAndIsFoundByItsId()
    {
        var id = await SubmitAsync(new Step.Report(1, 2), new Step.Wait(), new Step.Write('b', 7));
        await UntilAsync(id, static entry => entry.Kind == WorkEventKind.Progress);
        await StopServiceAsync();
        await StartServiceAsync();
        var following = AllAsync(id);
        await ReleaseAsync(id);
        var events = await following;
        Assert.Single(events, static entry => entry.Kind == WorkEventKind.Started);
        Assert.Single(events, static entry => entry is { Kind: WorkEventKind.Progress, Done: 1, Total: 2 });
        Assert.Equal(WorkEnd.Succeeded, events[^1].End);
        Assert.Equal(new string('b', 7), await CollectAsync(id));
    }

    [Fact]
    public async Task TheNextServiceObservesFromWhereTheOneBeforeStopped()
    {
        var id = await SubmitAsync(new Step.Report(1, 3), new Step.Wait(), new Step.Report(3, 3), new Step.Write('a', 1));
        var seen = await UntilAsync(id, static entry => entry.Kind == WorkEventKind.Progress);
        await StopServiceAsync();
        await StartServiceAsync();
        var following = AllAsync(id, seen[^1].Number);
        await ReleaseAsync(id);
        Assert.Equal(await AllAsync(id), seen.Concat(await following));
        Assert.Equal(1, RunsOf(id));
    }

    [Fact]
    public async Task SubmittingWhatAnEarlierServiceSubmittedStartsNothing()
    {
        var id = await SubmitAsync(new Step.Wait(), new Step.Write('a', 10));
        await UntilStartedAsync(id);
        await StopServiceAsync();
        await StartServiceAsync();
        var again = Order(id, new Step.Fail("INTERNAL", "the second must not run"));
        await Executor.SubmitAsync(again, CancellationToken.None).WaitAsync(Patience);
        await ReleaseAsync(id);
        Assert.Equal(WorkEnd.Succeeded, (await AllAsync(id))[^1].End);
        await StopServiceAsync();
        await StartServiceAsync();
        await Executor.SubmitAsync(again, CancellationToken.None).WaitAsync(Patience);
        Assert.Equal(new string('a', 10), await CollectAsync(id));
        Assert.Equal(1, RunsOf(id));
    }

    [Fact]
    public async Task AServiceThatIsReplacedWhileTheWorkerStartsStartsNoOther()
    {
        var id = await SubmitAsync(new Step.Write('a', 10));
        await StopServiceAsync();
        await StartServiceAsync();
        Assert.Equal(WorkEnd.Succeeded, (await AllAsync(id))[^1].End);
        await UntilOverAsync(id);
        Assert.Equal(1, RunsOf(id));
    }

    [Fact]
    public async Task WorkThatSucceedsWhileNoServiceIsThereIsCollectedByTheNext()
    {
        var id = await SubmitAsync(new Step.Wait(), new Step.Write('b', 7));
        var seen = await UntilStartedAsync(id);
        await StopServiceAsync();
        await ReleaseAsync(id);
        await UntilOverAsync(id);
        await StartServiceAsync();
        Assert.Equal(WorkEnd.Succeeded, (await AllAsync(id, seen[^1].Number))[^1].End);
        Assert.Equal(new string('b', 7), await CollectAsync(id));
        Assert.Single(await AllAsync(id), static entry => entry.Kind == WorkEventKind.Started);
        Assert.Equal(1, RunsOf(id));
    }

    [Fact]
    public async Task WorkThatEndsWhileNoServiceIsThereHasItsEnd()
    {
        var id = await SubmitAsync(new Step.Wait(), new Step.Fail("DOES_NOT_FIT", "too large"));
        await UntilStartedAsync(id);
        await StopServiceAsync();
        await ReleaseAsync(id);
        await UntilOverAsync(id);
        await StartServiceAsync();
        Assert.Equal((ErrorKind.DoesNotFit, "too large"), EndOf(await AllAsync(id)));
        Assert.Equal(1, RunsOf(id));
    }

    [Fact]
    public async Task AWorkerThatDiesWhileNoServiceIsThereIsLostAndNotStartedAgain()
    {
        var id = await SubmitAsync(new Step.Wait());
        await UntilStartedAsync(id);
        await StopServiceAsync();
        await KillWorkerAsync(id);
        await UntilOverAsync(id);
        await StartServiceAsync();
        var events = await AllAsync(id);
        Assert.Equal(ErrorKind.RunnerLost, EndOf(events).Kind);
        await Executor.SubmitAsync(Order(id, new Step.Write('a', 1)), CancellationToken.None).WaitAsync(Patience);
        Assert.Equal(events, await AllAsync(id));
        Assert.Equal(1, RunsOf(id));
    }

    [Fact]
    public async Task AFailureSaysItsKindAndReason()
    {
        var id = await SubmitAsync(new Step.Write('a', 5), new Step.Fail("INVALID_MODEL", "the weights are not weights"));
        Assert.Equal((ErrorKind.InvalidModel, "the weights are not weights"), EndOf(await AllAsync(id)));
        await ThrowsAsync(ErrorKind.NotFound, () => CollectAsync(id));
    }

    [Fact]
    public async Task AWorkerThatIsKilledIsLostAndNotStartedAgain()
    {
        var id = await SubmitAsync(new Step.Wait());
        await UntilStartedAsync(id);
        await KillWorkerAsync(id);
        var events = await AllAsync(id);
        Assert.Equal(ErrorKind.RunnerLost, EndOf(events).Kind);
        Assert.Single(events, static entry => entry.Kind == WorkEventKind.Started);
    }

    [Fact]
    public async Task CancellingEndsWorkOnce()
    {
        var id = await SubmitAsync(new Step.Wait());
        await UntilStartedAsync(id);
        await Task.WhenAll(Executor.CancelAsync(id, CancellationToken.None), Executor.CancelAsync(id, CancellationToken.None)).WaitAsync(Patience);
        var events = await AllAsync(id);
        Assert.Equal(ErrorKind.Cancelled, EndOf(events).Kind);
        await Executor.CancelAsync(id, CancellationToken.None).WaitAsync(Patience);
        Assert.Equal(events, await AllAsync(id));
    }

    [Fact]
    public async Task CancellingWhatHasJustBeenSubmittedEndsIt()
    {
        var id = await SubmitAsync(new Step.Wait());
        await Executor.CancelAsync(id, CancellationToken.None).WaitAsync(Patience);
        Assert.Equal(ErrorKind.Cancelled, EndOf(await AllAsync(id)).Kind);
    }

    [Fact]
    public async Task CancellingWhatAnEarlierServiceSubmittedEndsIt()
    {
        var id = await SubmitAsync(new Step.Wait());
        await UntilStartedAsync(id);
        await StopServiceAsync();
        await StartServiceAsync();
        await Executor.CancelAsync(id, CancellationToken.None).WaitAsync(Patience);
        Assert.Equal(ErrorKind.Cancelled, EndOf(await AllAsync(id)).Kind);
    }

    [Fact]
    public async Task CancellingWhatIsOverChangesNothing()
    {
        var id = await SubmitAsync(new Step.Write('a', 3));
        var events = await AllAsync(id);
        await Executor.CancelAsync(id, CancellationToken.None).WaitAsync(Patience);
        Assert.Equal(events, await AllAsync(id));
        Assert.Equal("aaa", await CollectAsync(id));
    }

    [Fact]
    public async Task LargeOutputsArriveWhole()
    {
        const int Size = 64 << 20;
        var id = await SubmitAsync(new Step.Write('z', Size));
        await AllAsync(id);
        await using var stream = await Executor.CollectAsync(id, Output, CancellationToken.None);
        var buffer = new byte[1 << 20];
        var (total, strangers) = (0L, 0L);
        for (int count; (count = await stream.ReadAsync(buffer)) > 0; total += count)
        {
            strangers += buffer.AsSpan(0, count).ContainsAnyExcept((byte)'z') ? 1 : 0;
        }

        Assert.Equal((Size, 0L), (total, strangers));
    }

    [Fact]
    public async Task UnknownWorkIsNotFound()
    {
        const string Id = "0.nothing";
        await ThrowsAsync(ErrorKind.NotFound, () => AllAsync(Id));
        await ThrowsAsync(ErrorKind.NotFound, () => CollectAsync(Id));
        await Executor.CancelAsync(Id, CancellationToken.None);
        await Executor.RemoveAsync(Id, CancellationToken.None);
    }

    [Fact]
    public async Task WhatItCannotDoIsRefusedAndLeavesNothing()
    {
        var order = Order(NewId()) with { Kind = "dance" };
        await ThrowsAsync(ErrorKind.InvalidArgument, () => Executor.SubmitAsync(order, CancellationToken.None));
        await ThrowsAsync(ErrorKind.NotFound, () => AllAsync(order.Id));
    }

    [Fact]
    public async Task RemovingForgetsWorkThatIsOver()
    {
        var id = await SubmitAsync(new Step.Wait(), new Step.Write('a', 2));
        await UntilStartedAsync(id);
        await ThrowsAsync(ErrorKind.InUse, () => Executor.RemoveAsync(id, CancellationToken.None));
        await ReleaseAsync(id);
        await AllAsync(id);
        await Executor.RemoveAsync(id, CancellationToken.None);
        await ThrowsAsync(ErrorKind.NotFound, () => CollectAsync(id));
        await Executor.SubmitAsync(Order(id, new Step.Write('c', 4)), CancellationToken.None);
        await AllAsync(id);
        Assert.Equal("cccc", await CollectAsync(id));
    }

    private static (ErrorKind? Kind, string Message) EndOf(List<WorkEvent> events) => (events[^1].End!.Error, events[^1].End!.Message);

    private static async Task ThrowsAsync(ErrorKind kind, Func<Task> action) => Assert.Equal(kind, (await Assert.ThrowsAsync<EngineException>(action)).Kind);

    private string NewId() => WorkIds.Of(Guid.NewGuid().ToString("N"), $"step{_ids++}");

    protected async Task<string> SubmitAsync(params Step[] steps)
    {
        var order = Order(NewId(), steps);
        await Executor.SubmitAsync(order, CancellationToken.None).WaitAsync(Patience);
        return order.Id;
    }

    private Task<List<WorkEvent>> UntilStartedAsync(string id) => UntilAsync(id, static entry => entry.Kind == WorkEventKind.Started);

    /// <returns>The events up to the first one that is wanted.</returns>
    protected async Task<List<WorkEvent>> UntilAsync(string id, Func<WorkEvent, bool> wanted)
    {
        using var limit = new CancellationTokenSource(Patience);
        var events = new List<WorkEvent>();
        await foreach (var entry in Executor.ObserveAsync(id, 0, limit.Token))
        {
            events.Add(entry);
            if (wanted(entry))
            {
                break;
            }
        }

        return events;
    }

    protected async Task<List<WorkEvent>> AllAsync(string id, long after = 0)
    {
        using var limit = new CancellationTokenSource(Patience);
        var events = new List<WorkEvent>();
        await foreach (var entry in Executor.ObserveAsync(id, after, limit.Token))
        {
            events.Add(entry);
        }

        return events;
    }

    protected async Task<string> CollectAsync(string id)
    {
        await using var stream = await Executor.CollectAsync(id, Output, CancellationToken.None);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }
}
