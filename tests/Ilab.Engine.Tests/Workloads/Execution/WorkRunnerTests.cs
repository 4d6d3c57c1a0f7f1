using Ilab.Engine.Errors;
using Ilab.Engine.Workloads.Execution;
using Ilab.Testing.Work;

namespace Ilab.Engine.Tests.Workloads.Execution;

/// <summary>A step of a job over several services: what is running or over is followed, what was lost is done once more, nothing else is done twice.</summary>
public sealed class WorkRunnerTests
{
    private const string Kind = "scripted",
        Id = "1.step";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly InMemoryCluster _cluster = new();
    private readonly List<WorkEvent> _told = [];
    private IReadOnlyList<Step> _script = [new Step.Report(1, 2), new Step.Wait(), new Step.Report(2, 2)];
    private int _prepared;

    [Fact]
    public async Task WorkIsFollowedToItsEnd()
    {
        var running = RunAsync(isResumed: false);
        _cluster.Release(Id);
        await running.WaitAsync(Patience);
        Assert.Equal([1, 2, 3, 4], _told.Select(static entry => (int)entry.Number));
        Assert.Equal(1, _cluster.RunsOf(Id));
    }

    [Fact]
    public async Task TheNextServiceFollowsWorkThatRunsWithoutPreparingItAgain()
    {
        await LeaveAsync();
        _told.Clear();
        var running = RunAsync(isResumed: true);
        _cluster.Release(Id);
        await running.WaitAsync(Patience);
        Assert.Equal([1, 2, 3, 4], _told.Select(static entry => (int)entry.Number));
        Assert.Equal((1, 1), (_prepared, _cluster.RunsOf(Id)));
    }

    [Fact]
    public async Task WorkThatSucceededWhileNoServiceWasThereIsNotDoneAgain()
    {
        await LeaveAsync();
        _cluster.Release(Id);
        await _cluster.UntilOverAsync(Id);
        await RunAsync(isResumed: true).WaitAsync(Patience);
        Assert.Equal((1, 1), (_prepared, _cluster.RunsOf(Id)));
    }

    [Fact]
    public async Task WorkThatFailedWhileNoServiceWasThereFailsWithItsReason()
    {
        _script = [new Step.Wait(), new Step.Fail("DISK_FULL", "no space left")];
        await LeaveAsync();
        _cluster.Release(Id);
        await _cluster.UntilOverAsync(Id);
        var error = await Assert.ThrowsAsync<EngineException>(() => RunAsync(isResumed: true).WaitAsync(Patience));
        Assert.Equal((ErrorKind.DiskFull, "no space left"), (error.Kind, error.Message));
        Assert.Equal((1, 1), (_prepared, _cluster.RunsOf(Id)));
    }

    [Fact]
    public async Task WorkThatDiedWhileNoServiceWasThereIsDoneOnceMore()
    {
        await LeaveAsync();
        _cluster.Kill(Id);
        await _cluster.UntilOverAsync(Id);
        _script = [new Step.Report(2, 2)];
        await RunAsync(isResumed: true).WaitAsync(Patience);
        Assert.Equal((2, 2), (_prepared, _cluster.RunsOf(Id)));
    }

    [Fact]
    public async Task WorkThatDiesAgainIsLost()
    {
        await LeaveAsync();
        _cluster.Kill(Id);
        await _cluster.UntilOverAsync(Id);
        _told.Clear();
        var running = RunAsync(isResumed: true);
        await UntilAsync(() => _cluster.RunsOf(Id) == 2);
        _cluster.Kill(Id);
        var error = await Assert.ThrowsAsync<EngineException>(() => running.WaitAsync(Patience));
        Assert.Equal(ErrorKind.RunnerLost, error.Kind);
        Assert.Equal((2, 2), (_prepared, _cluster.RunsOf(Id)));
    }

    [Fact]
    public async Task WorkThatDiesUnderItsServiceIsLostAtOnce()
    {
        var running = RunAsync(isResumed: false);
        _cluster.Kill(Id);
        var error = await Assert.ThrowsAsync<EngineException>(() => running.WaitAsync(Patience));
        Assert.Equal(ErrorKind.RunnerLost, error.Kind);
        Assert.Equal((1, 1), (_prepared, _cluster.RunsOf(Id)));
    }

    [Fact]
    public async Task AJobThatWasInterruptedBeforeItsWorkWasSubmittedSubmitsIt()
    {
        var running = RunAsync(isResumed: true);
        await UntilAsync(() => _cluster.RunsOf(Id) == 1);
        _cluster.Release(Id);
        await running.WaitAsync(Patience);
        Assert.Equal(1, _prepared);
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        using var limit = new CancellationTokenSource(Patience);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (!holds())
        {
            await timer.WaitForNextTickAsync(limit.Token);
        }
    }

    /// <summary>A service that ends while the work waits.</summary>
    private async Task LeaveAsync()
    {
        using var stop = new CancellationTokenSource();
        var running = RunAsync(isResumed: false, stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WaitAsync(Patience));
    }

    /// <summary>Another service each time.</summary>
    private Task RunAsync(bool isResumed, CancellationToken stop = default) =>
        new WorkRunner(new InMemoryExecutor(_cluster, Kind, _ => _script)).RunAsync(
            Id,
            _ =>
            {
                _prepared++;
                return Task.FromResult(
                    new WorkOrder
                    {
                        Id = Id,
                        Kind = Kind,
                        Parameters = "",
                    }
                );
            },
            isResumed,
            _told.Add,
            stop
        );
}
