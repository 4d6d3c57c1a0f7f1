using Ilab.Engine.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Serving.Generation;
using Ilab.Engine.Serving.Inference;
using static Ilab.Engine.Tests.Serving.Inference.EngineFixture;

namespace Ilab.Engine.Tests.Serving.Inference;

/// <summary>Whose a generation is: others neither read nor cancel it, nor take its id, nor unload the model under it.</summary>
public sealed class GenerationOwnerTests : IAsyncLifetime
{
    private static readonly Caller Alice = new(4001, IsAdmin: false);
    private static readonly Caller Bob = new(4002, IsAdmin: false);
    private static readonly Caller Admin = new(4003, IsAdmin: true);

    private readonly EngineFixture _f = new();
    private readonly TaskCompletionSource _gate = new();

    public Task InitializeAsync()
    {
        _f.Launcher.Plan = new() { WordGate = (3, _gate.Task) };
        return _f.Engine.StartAsync(CancellationToken.None);
    }

    public Task DisposeAsync() => _f.DisposeAsync().AsTask();

    [Fact]
    public async Task OthersCannotReadOrCancelIt()
    {
        var running = await BeginAsync(Alice);
        Assert.Equal(ErrorKind.PermissionDenied, await AttachErrorAsync(Bob));
        var error = await Assert.ThrowsAsync<EngineException>(() => _f.Engine.CancelAsync(Bob, "g", CancellationToken.None));
        Assert.Equal(ErrorKind.PermissionDenied, error.Kind);
        Assert.Empty(_f.Launcher.Last.Generations.Cancelled);

        var own = CollectAsync(_f.Engine.AttachAsync(Alice, "g", 0, static _ => { }, CancellationToken.None));
        var admins = CollectAsync(_f.Engine.AttachAsync(Admin, "g", 0, static _ => { }, CancellationToken.None));
        _gate.SetResult();
        Assert.Equal("0 1 2 3 4 ", Text(await own));
        Assert.Equal("0 1 2 3 4 ", Text(await admins));
        Assert.Equal("g", (await running).OfType<GenerationStarted>().Single().GenerationId);
    }

    [Fact]
    public async Task AnAdminCancelsItAndSoDoesItsOwner()
    {
        var first = await BeginAsync(Alice);
        Assert.True(await _f.Engine.CancelAsync(Admin, "g", CancellationToken.None));
        await Until(() => _f.Launcher.Last.Generations.Cancelled.Contains("4001-g"));
        _gate.SetResult();
        await first;
        Assert.False(await _f.Engine.CancelAsync(Alice, "g", CancellationToken.None));
    }

    [Fact]
    public async Task TheSameIdIsAnotherOneForSomeoneElse()
    {
        _gate.SetResult();
        await CollectAsync(_f.Engine.GenerateAsync(Of(Alice), CancellationToken.None));
        var events = await CollectAsync(_f.Engine.GenerateAsync(Of(Bob), CancellationToken.None));
        Assert.Equal("0 1 2 3 4 ", Text(events));
        Assert.Equal(2, _f.Launcher.Last.Generations.Submitted.Count);
    }

    [Fact]
    public async Task AfterARestartItIsStillItsOwners()
    {
        var running = await BeginAsync(Alice);
        await _f.RestartAsync();
        await Assert.ThrowsAsync<EngineException>(() => running);
        Assert.Equal(ErrorKind.NotFound, await AttachErrorAsync(Bob)); // nothing tells that there is one
        Assert.False(await _f.Engine.CancelAsync(Bob, "g", CancellationToken.None));
        var again = CollectAsync(_f.Engine.AttachAsync(Alice, "g", 0, static _ => { }, CancellationToken.None));
        _gate.SetResult();
        Assert.Equal("0 1 2 3 4 ", Text(await again));
    }

    [Fact]
    public async Task AfterARestartAnAdminFindsIt()
    {
        var running = await BeginAsync(Alice);
        await _f.RestartAsync();
        await Assert.ThrowsAsync<EngineException>(() => running);
        var read = CollectAsync(_f.Engine.AttachAsync(Admin, "g", 0, static _ => { }, CancellationToken.None));
        Assert.True(await _f.Engine.CancelAsync(Admin, "g", CancellationToken.None));
        await Until(() => _f.Launcher.Last.Generations.Cancelled.Contains("4001-g"));
        _gate.SetResult();
        await read;
        Assert.False(await _f.Engine.CancelAsync(Admin, "another", CancellationToken.None));
    }

    [Fact]
    public async Task ForceDoesNotUnloadAModelThatAnswersOthers()
    {
        var running = await BeginAsync(Alice);
        var error = await Assert.ThrowsAsync<EngineException>(() => _f.Engine.UnloadAsync(Bob, "small", false, force: true, CancellationToken.None));
        Assert.Equal(ErrorKind.PermissionDenied, error.Kind);
        Assert.Single(_f.Engine.Loaded);
        var unloading = _f.Engine.UnloadAsync(Alice, "small", false, force: true, CancellationToken.None);
        _gate.SetResult();
        Assert.Equal(["small:latest"], await unloading);
        await running.ContinueWith(static _ => { }, TaskScheduler.Default); // cancelled, or gone with its runner
    }

    private static GenerationRequest Of(Caller caller) => Request("small", id: "g") with { Model = ModelSelection.Stored("small") with { Caller = caller } };

    private async Task<Task<List<GenerationEvent>>> BeginAsync(Caller caller)
    {
        var running = _f.RunAsync(Of(caller));
        await Until(() => _f.Launcher.Started.Count == 1 && _f.Launcher.Last.Generations.Submitted.Count == 1);
        return running;
    }

    private async Task<ErrorKind> AttachErrorAsync(Caller caller) =>
        (await Assert.ThrowsAsync<EngineException>(() => CollectAsync(_f.Engine.AttachAsync(caller, "g", 0, static _ => { }, CancellationToken.None)))).Kind;
}
