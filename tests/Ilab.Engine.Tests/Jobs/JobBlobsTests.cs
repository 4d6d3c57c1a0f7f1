using Ilab.Engine.Jobs;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Store.Content;

namespace Ilab.Engine.Tests.Jobs;

/// <summary>What a job will read is there when it begins, though nobody but its request names it.</summary>
public sealed class JobBlobsTests : IAsyncLifetime
{
    private readonly JobFixture _fixture = new();

    public Task InitializeAsync() => _fixture.Jobs.StartAsync(CancellationToken.None);

    public async Task DisposeAsync() => await _fixture.DisposeAsync();

    [Fact]
    public async Task ABlobThatAJobNamesStaysUntilTheJobIsOver()
    {
        var content = _fixture.Content;
        var (named, other) = (Put(content, "of the job"), Put(content, "of nobody"));
        var go = new TaskCompletionSource();
        _fixture.Handler.Script = async (_, cancellationToken) =>
        {
            await go.Task.WaitAsync(cancellationToken);
            return "done";
        };
        var job = await _fixture.CreateAsync(request: $$"""{"Data":"{{named}}"}""");

        // A new service has no leases: only the database can say what is in use.
        await _fixture.RestartAsync();
        await CollectAsync(content, named, other);
        Assert.Equal((true, false), (content.Contains(named), content.Contains(other)));

        go.SetResult();
        await _fixture.Jobs.WaitAsync(job.Id, CancellationToken.None);
        await CollectAsync(content, named);
        Assert.False(content.Contains(named));
    }

    private Task CollectAsync(ContentStore content, params Digest[] candidates)
    {
        var collector = new BlobCollector(
            content,
            _fixture.Database,
            new LeaseTable(),
            new LinkTable(content, _fixture.Database),
            [JobManager.Owner],
            TimeProvider.System
        );
        return collector.DeleteUnusedAsync(candidates, CancellationToken.None);
    }

    private static Digest Put(ContentStore content, string text) => content.Put(System.Text.Encoding.UTF8.GetBytes(text));
}
