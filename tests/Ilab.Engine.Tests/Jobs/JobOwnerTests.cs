using Ilab.Engine.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Jobs;

namespace Ilab.Engine.Tests.Jobs;

/// <summary>Whose a job is, how many a user may have, and what becomes of the secret that was given to one.</summary>
public sealed class JobOwnerTests : IAsyncLifetime
{
    private const string Value = "sk-0123456789abcdef";

    private static readonly Caller Alice = new(4001, IsAdmin: false);
    private static readonly Caller Bob = new(4002, IsAdmin: false);

    private readonly JobFixture _f = new();

    public Task InitializeAsync() => _f.Jobs.StartAsync(CancellationToken.None);

    public async Task DisposeAsync() => await _f.DisposeAsync();

    [Fact]
    public async Task OnlyTheOwnerAndAdminsCancelAndRemove()
    {
        _f.Handler.Script = static async (_, token) =>
        {
            await Task.Delay(Timeout.Infinite, token);
            return "";
        };
        var job = await CreateAsync(Alice);
        await DeniedAsync(() => _f.Jobs.CancelAsync(Bob, job.Id, CancellationToken.None));
        await DeniedAsync(() => _f.Jobs.RemoveAsync(Bob, job.Id, force: true, CancellationToken.None));
        await DeniedAsync(() => _f.Jobs.FindOwnAsync(Bob, job.Id, CancellationToken.None));
        Assert.False(JobStateMachine.IsOver((await _f.Jobs.FindAsync(job.Id, CancellationToken.None)).State));
        Assert.Equal(JobState.Cancelled, (await _f.Jobs.CancelAsync(Alice, job.Id, CancellationToken.None)).State);
        await _f.Jobs.RemoveAsync(new Caller(4003, IsAdmin: true), job.Id, force: false, CancellationToken.None);
        Assert.Empty(await _f.Jobs.ListAsync(CancellationToken.None));
    }

    [Fact]
    public async Task OwnerAndAuthorityOutliveTheService()
    {
        var job = await CreateAsync(Alice);
        await _f.Jobs.WaitAsync(job.Id, CancellationToken.None);
        await _f.RestartAsync();
        Assert.Equal((4001u, false), (await OfAsync(job.Id)) is var mine ? (mine.Uid, mine.IsAdmin) : default);
        var other = await _f.CreateAsync();
        Assert.True((await OfAsync(other.Id)).IsAdmin);
    }

    [Fact]
    public async Task ARequestIdOfSomeoneElseGivesNothingAway()
    {
        var job = await CreateAsync(Alice, "the-same");
        Assert.Equal(job.Id, (await CreateAsync(Alice, "the-same")).Id);
        var error = await Assert.ThrowsAsync<EngineException>(() => CreateAsync(Bob, "the-same"));
        Assert.Equal(ErrorKind.AlreadyExists, error.Kind);
        Assert.DoesNotContain(job.Id[..12], error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NobodyHasMoreUnfinishedJobsThanTheQuotaEvenAtOnce()
    {
        var open = new TaskCompletionSource();
        _f.Handler.Script = async (_, _) =>
        {
            await open.Task;
            return "";
        };
        var tries = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => TryAsync(Alice, most: 3)));
        Assert.Equal(3, tries.Count(static kind => kind is null));
        Assert.All(tries.Where(static kind => kind is not null), static kind => Assert.Equal(ErrorKind.QuotaExceeded, kind));
        Assert.Null(await TryAsync(Bob, most: 3));
        open.SetResult();
        foreach (var job in await _f.Jobs.ListAsync(CancellationToken.None))
        {
            await _f.Jobs.WaitAsync(job.Id, CancellationToken.None);
        }

        Assert.Null(await TryAsync(Alice, most: 3));
    }

    [Fact]
    public async Task ASecretIsReadByItsJobAndGoneWithIt()
    {
        string? read = null;
        _f.Handler.Script = (context, _) =>
        {
            read = context.Secrets.Read(null);
            context.Log("info", $"using {read} twice: {read}");
            throw new EngineException(ErrorKind.Source, $"wrong key {read}", $"not {read}");
        };
        var job = await CreateAsync(Alice, secret: Value);
        var ended = await _f.Jobs.WaitAsync(job.Id, CancellationToken.None);
        await _f.StopAsync();
        Assert.Equal(Value, read);
        Assert.Equal("wrong key (hidden)", ended.Error!.Message);
        Assert.Empty(FilesWith(Value));
        Assert.Null(_f.Secrets.OfJob(job.Id));
    }

    [Fact]
    public async Task ADefectDoesNotTellTheSecretEither()
    {
        _f.Handler.Script = static (context, _) => throw new InvalidOperationException("key " + context.Secrets.Read(null));
        var job = await CreateAsync(Alice, secret: Value);
        var ended = await _f.Jobs.WaitAsync(job.Id, CancellationToken.None);
        Assert.Equal((ErrorKind.Internal, "InvalidOperationException: key (hidden)"), (ended.Error!.Kind, ended.Error.Message));
    }

    [Fact]
    public async Task AJobThatGoesOnAfterARestartHasItsSecretAndAbandonedOnesAreRemoved()
    {
        var begun = new TaskCompletionSource();
        _f.Handler.Script = async (_, token) =>
        {
            begun.SetResult();
            await Task.Delay(Timeout.Infinite, token);
            return "";
        };
        var job = await CreateAsync(Alice, secret: Value);
        await begun.Task;
        await _f.StopAsync();
        _f.Secrets.PutForJob("of-a-job-that-never-was", Value);
        var read = new TaskCompletionSource<string?>();
        _f.Handler.Script = (context, _) =>
        {
            read.SetResult(context.Secrets.Read(null));
            return Task.FromResult("");
        };
        await _f.RestartAsync();
        Assert.Equal(Value, await read.Task);
        await _f.Jobs.WaitAsync(job.Id, CancellationToken.None);
        await _f.StopAsync();
        Assert.Empty(FilesWith(Value));
    }

    [Fact]
    public async Task ARepeatedOrRefusedRequestLeavesNoSecret()
    {
        _f.Handler.Check = static request =>
        {
            if (request == "bad")
            {
                throw new EngineException(ErrorKind.InvalidArgument, "bad");
            }
        };
        var job = await CreateAsync(Alice, "once", Value);
        await _f.Jobs.WaitAsync(job.Id, CancellationToken.None);
        await CreateAsync(Alice, "once", Value);
        await Assert.ThrowsAsync<EngineException>(() => CreateAsync(Alice, secret: Value, request: "bad"));
        await Assert.ThrowsAsync<EngineException>(() => CreateAsync(Alice, secret: "two\nlines"));
        await _f.StopAsync();
        Assert.Empty(FilesWith(Value));
    }

    private static async Task DeniedAsync(Func<Task> act) => Assert.Equal(ErrorKind.PermissionDenied, (await Assert.ThrowsAsync<EngineException>(act)).Kind);

    private Task<JobRecord> OfAsync(string id) => _f.Jobs.FindAsync(id, CancellationToken.None);

    private Task<JobRecord> CreateAsync(Caller caller, string requestId = "", string? secret = null, string request = "{}") =>
        _f.Jobs.CreateAsync(
            new NewJob("scripted", "a title", request, requestId, caller, new Dictionary<string, string>()) { Secret = secret },
            CancellationToken.None
        );

    private async Task<ErrorKind?> TryAsync(Caller caller, int most)
    {
        try
        {
            await CreateAsync(caller with { MostJobs = most });
            return null;
        }
        catch (EngineException exception)
        {
            return exception.Kind;
        }
    }

    private IEnumerable<string> FilesWith(string text) =>
        Directory.GetFiles(_f.Folder, "*", SearchOption.AllDirectories).Where(path => File.ReadAllText(path).Contains(text, StringComparison.Ordinal));
}
