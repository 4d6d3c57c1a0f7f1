using Ilab.Engine.Errors;
using Ilab.Engine.Jobs;

namespace Ilab.Engine.Tests.Jobs;

/// <summary>Jobs end, whatever fails on the way: cancelled ones stay cancelled, refused ones are not there, removed ones leave nothing.</summary>
public sealed class JobEndTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly JobFixture _f = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _f.DisposeAsync();

    [Fact]
    public async Task TheEndIsOnDiskBeforeAnythingIsClearedAway()
    {
        var recorded = default(JobState?);
        _f.Handler.Clearing = context => recorded = JobLog.ReadAll(context.Folder)[^1].State?.State;
        var id = await CancelledAsync();
        Assert.Equal(JobState.Cancelled, recorded);
        Assert.False(File.Exists(Path.Combine(_f.Jobs.FolderOf(id), "cancelled")));
    }

    [Fact]
    public async Task ClearingThatAKillInterruptedIsFinishedByTheNextService()
    {
        var id = await CancelledAsync();
        _f.Handler.Discarded.Clear();
        await File.WriteAllBytesAsync(Path.Combine(_f.Jobs.FolderOf(id), "cancelled"), []);
        await _f.RestartAsync();
        Assert.Equal([id], _f.Handler.Discarded);
        await _f.RestartAsync();
        Assert.Equal([id], _f.Handler.Discarded);
    }

    [Fact]
    public async Task AJobThatWasCancelledDoesNotRunAgainAfterAKill()
    {
        var begun = new TaskCompletionSource();
        _f.Handler.Script = async (_, stop) =>
        {
            begun.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, stop);
            return "";
        };
        var id = (await _f.CreateAsync()).Id;
        await begun.Task.WaitAsync(Patience);
        await _f.StopAsync();
        await File.WriteAllBytesAsync(Path.Combine(_f.Jobs.FolderOf(id), "cancelled"), []);
        _f.Handler.Script = static (_, _) => throw new InvalidOperationException("it must not run again");
        await _f.RestartAsync();
        Assert.Equal(JobState.Cancelled, (await _f.Jobs.WaitAsync(id, CancellationToken.None).WaitAsync(Patience)).State);
        await _f.Jobs.RemoveAsync(id, force: false, CancellationToken.None);
        Assert.Equal([id], _f.Handler.Discarded);
    }

    [Fact]
    public async Task ClearingThatFailsInAnyWayKeepsNoJobRunning()
    {
        _f.Handler.Clearing = static _ => throw new InvalidOperationException("a defect");
        var id = await CancelledAsync();
        Assert.Equal((JobState.Cancelled, 0), ((await _f.Jobs.FindAsync(id, CancellationToken.None)).State, _f.Jobs.Active));
    }

    [Fact]
    public async Task AnEndThatTheDatabaseDoesNotTakeIsSeenAndSavedByTheNextService()
    {
        await _f.Database.WriteAsync(
            static (connection, transaction) =>
                Dapper.SqlMapper.Execute(
                    connection,
                    "CREATE TRIGGER refuse BEFORE UPDATE ON jobs BEGIN SELECT RAISE(ABORT, 'refused'); END",
                    transaction: transaction
                ),
            CancellationToken.None
        );
        var job = await _f.CreateAsync();
        Assert.Equal(JobState.Succeeded, (await _f.Jobs.WaitAsync(job.Id, CancellationToken.None).WaitAsync(Patience)).State);
        await _f.Database.WriteAsync(
            static (connection, transaction) => Dapper.SqlMapper.Execute(connection, "DROP TRIGGER refuse", transaction: transaction),
            CancellationToken.None
        );
        await _f.RestartAsync();
        Assert.Equal((JobState.Succeeded, 0), ((await _f.Jobs.FindAsync(job.Id, CancellationToken.None)).State, _f.Jobs.Active));
    }

    [Fact]
    public async Task ALogThatCannotBeMadeLeavesNoJob()
    {
        var jobs = Path.GetDirectoryName(_f.Jobs.FolderOf("x"))!;
        await File.WriteAllTextAsync(jobs, "in the way");
        await Assert.ThrowsAsync<EngineException>(() => _f.CreateAsync("request-1"));
        Assert.Empty(await _f.Jobs.ListAsync(CancellationToken.None));
        File.Delete(jobs);
        var job = await _f.CreateAsync("request-1");
        Assert.Equal(JobState.Succeeded, (await _f.Jobs.WaitAsync(job.Id, CancellationToken.None).WaitAsync(Patience)).State);
    }

    [Fact]
    public async Task WhatTheHandlerRefusesNeverBecomesAJob()
    {
        _f.Handler.Check = static request => throw new EngineException(ErrorKind.InvalidArgument, $"{request} is no request");
        Assert.Equal(ErrorKind.InvalidArgument, (await Assert.ThrowsAsync<EngineException>(() => _f.CreateAsync())).Kind);
        Assert.Empty(await _f.Jobs.ListAsync(CancellationToken.None));
    }

    [Fact]
    public async Task RemovingAFailedJobClearsAwayWhatItLeft()
    {
        _f.Handler.Script = static (_, _) => throw new EngineException(ErrorKind.Source, "the hub is closed");
        var failed = (await _f.CreateAsync()).Id;
        await _f.Jobs.WaitAsync(failed, CancellationToken.None).WaitAsync(Patience);
        _f.Handler.Script = static (_, _) => Task.FromResult("done");
        var done = (await _f.CreateAsync()).Id;
        await _f.Jobs.WaitAsync(done, CancellationToken.None).WaitAsync(Patience);
        await _f.Jobs.RemoveAsync(failed, force: false, CancellationToken.None);
        await _f.Jobs.RemoveAsync(done, force: false, CancellationToken.None);
        Assert.Equal([failed], _f.Handler.Discarded);
    }

    [Fact]
    public async Task FoldersOfJobsThatWereNeverMadeOrAreRemovedGoAtTheNextStart()
    {
        var (made, removed, lost) = (_f.Jobs.FolderOf(new string('1', 32)), _f.Jobs.FolderOf(new string('2', 32)), _f.Jobs.FolderOf(new string('3', 32)));
        foreach (var (folder, file) in new[] { (made, "events"), (removed, "removed"), (lost, "data.jsonl") })
        {
            Directory.CreateDirectory(folder);
            await File.WriteAllBytesAsync(Path.Combine(folder, file), []);
        }

        await _f.RestartAsync();
        Assert.Equal((false, false, true), (Directory.Exists(made), Directory.Exists(removed), Directory.Exists(lost)));
    }

    private async Task<string> CancelledAsync()
    {
        var begun = new TaskCompletionSource();
        _f.Handler.Script = async (_, stop) =>
        {
            begun.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, stop);
            return "";
        };
        var id = (await _f.CreateAsync()).Id;
        await begun.Task.WaitAsync(Patience);
        Assert.Equal(JobState.Cancelled, (await _f.Jobs.CancelAsync(id, CancellationToken.None).WaitAsync(Patience)).State);
        return id;
    }
}
