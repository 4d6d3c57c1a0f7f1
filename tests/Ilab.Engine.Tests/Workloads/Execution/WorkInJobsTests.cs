using Ilab.Engine.Jobs;
using Ilab.Engine.Tests.Jobs;
using Ilab.Engine.Workloads.Execution;
using Ilab.Testing.Work;

namespace Ilab.Engine.Tests.Workloads.Execution;

/// <summary>Jobs whose work is done elsewhere, over restarts of the whole engine: database, job log and executor are new each time.</summary>
public sealed class WorkInJobsTests : IAsyncDisposable
{
    private const string Kind = "scripted";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly InMemoryCluster _cluster = new();
    private readonly JobFixture _fixture = new();
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IReadOnlyList<Step> _script = [new Step.Wait(), new Step.Write('a', 5)];

    public WorkInJobsTests() => _fixture.Handler.Script = WorkAsync;

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task WorkThatRunsIsFollowedByTheNextEngine()
    {
        var job = await StartAsync();
        await _fixture.RestartAsync();
        _cluster.Release(IdOf(job));
        await SucceedsAsync(job, runs: 1);
    }

    [Fact]
    public async Task WorkThatEndedWhileNoEngineLivedIsCollectedByTheNext()
    {
        var job = await StartAsync();
        await _fixture.StopAsync();
        _cluster.Release(IdOf(job));
        await _cluster.UntilOverAsync(IdOf(job));
        await _fixture.RestartAsync();
        await SucceedsAsync(job, runs: 1);
    }

    [Fact]
    public async Task WorkThatDiedWhileNoEngineLivedIsDoneOnceMore()
    {
        var job = await StartAsync();
        await _fixture.StopAsync();
        _cluster.Kill(IdOf(job));
        await _cluster.UntilOverAsync(IdOf(job));
        _script = [new Step.Write('a', 5)];
        await _fixture.RestartAsync();
        await SucceedsAsync(job, runs: 2);
    }

    [Fact]
    public async Task ThreeEnginesInARowFollowTheSameWork()
    {
        var job = await StartAsync();
        for (var restart = 0; restart < 3; restart++)
        {
            await _fixture.RestartAsync();
        }

        _cluster.Release(IdOf(job));
        await SucceedsAsync(job, runs: 1);
    }

    private static string IdOf(string job) => WorkIds.Of(job, "step");

    private async Task<string> WorkAsync(JobContext context, CancellationToken cancellationToken)
    {
        var executor = new InMemoryExecutor(_cluster, Kind, _ => _script);
        var order = new WorkOrder
        {
            Id = IdOf(context.Job.Id),
            Kind = Kind,
            Parameters = "",
            Outputs = ["out"],
        };
        await new WorkRunner(executor).RunAsync(order, context.Job.Attempts > 1, _ => _begun.TrySetResult(), cancellationToken);
        await using var stream = await executor.CollectAsync(order.Id, "out", cancellationToken);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync(cancellationToken);
    }

    private async Task<string> StartAsync()
    {
        var job = await _fixture.CreateAsync();
        await _begun.Task.WaitAsync(Patience);
        return job.Id;
    }

    private async Task SucceedsAsync(string job, int runs)
    {
        var ended = await _fixture.Jobs.WaitAsync(job, CancellationToken.None).WaitAsync(Patience);
        Assert.Equal((JobState.Succeeded, "aaaaa"), (ended.State, ended.Result));
        Assert.Equal(runs, _cluster.RunsOf(IdOf(job)));
    }
}
