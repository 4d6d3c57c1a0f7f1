using Ilab.Engine.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Events;
using Ilab.Engine.Jobs;

namespace Ilab.Engine.Tests.Jobs;

public sealed class JobManagerTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly JobFixture _f = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _f.DisposeAsync();

    [Fact]
    public async Task AJobRunsAndItsResultStays()
    {
        var job = await WaitAsync((await _f.CreateAsync()).Id);
        Assert.Equal((JobState.Succeeded, "done", 1), (job.State, job.Result, job.Attempts));
        await _f.RestartAsync();
        Assert.Equal("done", (await _f.Jobs.FindAsync(job.Id, CancellationToken.None)).Result);
    }

    [Fact]
    public async Task CancellingWhatIsJustEndingIsNoError()
    {
        for (var round = 0; round < 100; round++)
        {
            var id = (await _f.CreateAsync()).Id;
            var cancelled = await _f.Jobs.CancelAsync(id, CancellationToken.None).WaitAsync(Patience);
            Assert.True(cancelled.State is JobState.Succeeded or JobState.Cancelled, $"{cancelled.State}");
        }
    }

    [Fact]
    public async Task AFailureSaysWhyForEver()
    {
        _f.Handler.Script = static (_, _) => throw new EngineException(ErrorKind.Source, "the hub is closed", "come back tomorrow");
        var id = (await _f.CreateAsync()).Id;
        await WaitAsync(id);
        await _f.RestartAsync();
        var job = await _f.Jobs.FindAsync(id[..12], CancellationToken.None);
        Assert.Equal(
            (JobState.Failed, ErrorKind.Source, "the hub is closed", "come back tomorrow"),
            (job.State, job.Error!.Kind, job.Error.Message, job.Error.Hint)
        );
    }

    [Fact]
    public async Task WhatTheServiceWasDoingGoesOnWithTheNextOne()
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
        _f.Handler.Script = static (_, _) => Task.FromResult("after all");
        await _f.RestartAsync();
        var job = await WaitAsync(id);
        Assert.Equal((JobState.Succeeded, "after all", 2), (job.State, job.Result, job.Attempts));
        var states = new List<JobState>();
        await foreach (var entry in _f.Jobs.WatchAsync(id, 1, follow: true, CancellationToken.None))
        {
            states.AddRange(entry.State is { } change ? [change.State] : []);
        }

        Assert.Equal([JobState.Queued, JobState.Running, JobState.Interrupted, JobState.Running, JobState.Succeeded], states);
    }

    [Fact]
    public async Task TheLogIsTheTruthWhenTheDatabaseMissedTheEnd()
    {
        var id = (await _f.CreateAsync()).Id;
        await WaitAsync(id);
        await _f.Database.WriteAsync(
            static (connection, transaction) =>
                Dapper.SqlMapper.Execute(connection, "UPDATE jobs SET state = 2, result = '', ended = NULL", transaction: transaction),
            CancellationToken.None
        );
        _f.Handler.Script = static (_, _) => throw new InvalidOperationException("it must not run again");
        await _f.RestartAsync();
        var job = await _f.Jobs.FindAsync(id, CancellationToken.None);
        Assert.Equal((JobState.Succeeded, "done"), (job.State, job.Result));
    }

    [Fact]
    public async Task AFullDiskIsToldAsOne()
    {
        _f.Handler.Script = static (_, _) => throw new IOException("No space left on device", 28);
        var job = await WaitAsync((await _f.CreateAsync()).Id);
        Assert.Equal((JobState.Failed, ErrorKind.DiskFull), (job.State, job.Error!.Kind));
        Assert.NotEmpty(job.Error.Hint);
    }

    [Fact]
    public async Task AWatcherHearsTheEndThatTheLogCouldNotTake()
    {
        var id = (await _f.CreateAsync()).Id;
        await WaitAsync(id);
        var log = Path.Combine(_f.Jobs.FolderOf(id), "events");
        await File.WriteAllBytesAsync(log, (await File.ReadAllBytesAsync(log))[..^7]);
        var last = default(JobEventRecord);
        await foreach (var entry in _f.Jobs.WatchAsync(id, 1, follow: true, CancellationToken.None))
        {
            last = entry;
        }

        Assert.Equal((JobState.Succeeded, "done", 3ul), (last!.State!.State, last.State.Result, last.Sequence));
    }

    [Fact]
    public async Task ATornEndOfTheLogIsCutOff()
    {
        var id = (await _f.CreateAsync()).Id;
        await WaitAsync(id);
        var log = Path.Combine(_f.Jobs.FolderOf(id), "events");
        await _f.StopAsync();
        var whole = await File.ReadAllBytesAsync(log);
        await File.WriteAllBytesAsync(log, whole[..^7]);
        Assert.DoesNotContain(JobLog.ReadAll(_f.Jobs.FolderOf(id)), static entry => entry.State?.State == JobState.Succeeded);
        using (var opened = new JobLog(_f.Jobs.FolderOf(id)))
        {
            var next = opened.Append(new JobEventRecord { Log = new JobLogLine("info", "more") }, durable: true);
            Assert.Equal(next.Sequence, JobLog.ReadAll(_f.Jobs.FolderOf(id))[^1].Sequence);
        }

        await _f.RestartAsync();
    }

    [Fact]
    public async Task ACancelledJobIsClearedAway()
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
        Assert.Equal(JobState.Cancelled, (await _f.Jobs.CancelAsync(id, CancellationToken.None)).State);
        Assert.Equal([id], _f.Handler.Discarded);
        Assert.Equal(JobState.Cancelled, (await _f.Jobs.CancelAsync(id, CancellationToken.None)).State);
    }

    [Fact]
    public async Task TheSameRequestMakesOneJob() => Assert.Equal((await _f.CreateAsync("request-1")).Id, (await _f.CreateAsync("request-1")).Id);

    [Fact]
    public async Task WatchersSeeEveryEventOnceFromWhereTheyAsk()
    {
        var go = new TaskCompletionSource();
        _f.Handler.Script = async (context, _) =>
        {
            await go.Task;
            for (var step = 1; step <= 100; step++)
            {
                context.Progress(new Transfer("x", "downloading", step, 100, 1));
                context.Log("info", $"line {step}");
            }

            return "";
        };
        var id = (await _f.CreateAsync()).Id;
        var watching = Task.Run(async () =>
        {
            var seen = new List<ulong>();
            await foreach (var entry in _f.Jobs.WatchAsync(id, 1, follow: true, CancellationToken.None))
            {
                seen.Add(entry.Sequence);
            }

            return seen;
        });
        go.SetResult();
        var sequence = await watching.WaitAsync(Patience);
        Assert.Equal(Enumerable.Range(1, 203).Select(static number => (ulong)number), sequence);
        var late = new List<ulong>();
        await foreach (var entry in _f.Jobs.WatchAsync(id, 200, follow: true, CancellationToken.None))
        {
            late.Add(entry.Sequence);
        }

        Assert.Equal([200, 201, 202, 203], late);
    }

    [Fact]
    public async Task RemovingAsksForForceWhileItRuns()
    {
        _f.Handler.Script = static async (_, stop) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, stop);
            return "";
        };
        var id = (await _f.CreateAsync()).Id;
        Assert.Equal(ErrorKind.InUse, (await Assert.ThrowsAsync<EngineException>(() => _f.Jobs.RemoveAsync(id, false, CancellationToken.None))).Kind);
        await _f.Jobs.RemoveAsync(id, force: true, CancellationToken.None);
        Assert.Equal(ErrorKind.NotFound, (await Assert.ThrowsAsync<EngineException>(() => _f.Jobs.FindAsync(id, CancellationToken.None))).Kind);
        Assert.False(Directory.Exists(_f.Jobs.FolderOf(id)));
    }

    [Fact]
    public async Task AHandlerThatIsNotThereFailsTheJobAlone()
    {
        var job = await _f.Jobs.CreateAsync(new NewJob("unheard-of", "x", "{}", "", Caller.Service, new Dictionary<string, string>()), CancellationToken.None);
        Assert.Equal(ErrorKind.Unsupported, (await WaitAsync(job.Id)).Error!.Kind);
    }

    private Task<JobRecord> WaitAsync(string id) => _f.Jobs.WaitAsync(id, CancellationToken.None).WaitAsync(Patience);
}
