using Ilab.Engine.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Serving.Generation;
using static Ilab.Engine.Tests.Serving.Inference.EngineFixture;

namespace Ilab.Engine.Tests.Serving.Inference;

public sealed class AdoptionTests : IAsyncLifetime
{
    private readonly EngineFixture _f = new();

    public Task InitializeAsync() => _f.Engine.StartAsync(CancellationToken.None);

    public Task DisposeAsync() => _f.DisposeAsync().AsTask();

    [Fact]
    public async Task The_next_service_shows_the_model_and_answers_without_loading()
    {
        await _f.RunAsync(Request("small"));
        var before = _f.Engine.Loaded.Single();
        await _f.RestartAsync();

        Assert.Equal(before.RunnerId, _f.Engine.Loaded.Single().RunnerId);
        Assert.Equal(1, _f.Holds["small"]);
        Assert.Equal(before.Memory, _f.Ledger.Snapshot()[0].Reserved);
        Assert.Equal("0 1 2 3 4 ", Text(await _f.RunAsync(Request("small"))));
        Assert.Single(_f.Launcher.Started);
    }

    [Fact]
    public async Task A_generation_goes_on_and_is_read_from_where_the_reader_stopped()
    {
        var gate = new TaskCompletionSource();
        _f.Launcher.Plan = new() { WordGate = (3, gate.Task) };
        var running = _f.RunAsync(Request("small", id: "g1"));
        await Until(() => _f.Launcher.Started.Count == 1 && _f.Launcher.Last.Generations.Submitted.Count == 1);
        await _f.RestartAsync();
        Assert.Equal(ErrorKind.Busy, (await Assert.ThrowsAsync<EngineException>(() => running)).Kind);

        var used = new List<int>();
        var attached = CollectAsync(_f.Engine.AttachAsync(Caller.Service, "g1", 3, used.Add, CancellationToken.None));
        gate.SetResult();
        var events = await attached;
        Assert.Equal([5], used); // which the earlier service could not count

        Assert.Equal("1 2 3 4 ", Text(events));
        Assert.Equal(3ul, events[0].Offset);
        Assert.IsType<GenerationFinished>(events[^1]);
    }

    [Fact]
    public async Task A_runner_still_loading_is_waited_for()
    {
        var gate = new TaskCompletionSource();
        _f.Launcher.Plan = new() { LoadGate = gate.Task };
        var lost = _f.RunAsync(Request("small"));
        await Until(() => _f.Engine.Loaded.Any(m => m.State == "loading"));
        await _f.RestartAsync();
        await Assert.ThrowsAsync<EngineException>(() => lost);

        var running = _f.RunAsync(Request("small"));
        await Until(() => _f.Engine.Loaded.Single().State == "loading");
        gate.SetResult();

        Assert.Equal("0 1 2 3 4 ", Text(await running));
        Assert.Single(_f.Launcher.Started);
    }

    [Fact]
    public async Task The_death_of_an_adopted_runner_is_noticed_by_its_lock()
    {
        await _f.RunAsync(Request("small"));
        await _f.RestartAsync();
        await Until(() => _f.Engine.Loaded.Single().State == "ready");
        await _f.Launcher.Last.DieAsync(9);

        await Until(() => _f.Engine.Loaded.Count == 0);
        Assert.Equal("0 1 2 3 4 ", Text(await _f.RunAsync(Request("small"))));
        Assert.Equal(2, _f.Launcher.Started.Count);
    }

    [Fact]
    public async Task What_died_in_between_is_cleared_away()
    {
        await _f.RunAsync(Request("small"));
        await _f.Engine.DisposeAsync();
        await _f.Launcher.Last.DieAsync(9);
        await _f.RestartAsync();

        Assert.Empty(_f.Engine.Loaded);
        Assert.Empty(Directory.GetDirectories(Path.Combine(_f.Options.RuntimeDirectory, "runners")));
        Assert.Equal(0, _f.Ledger.Snapshot()[0].Reserved);
    }

    [Fact]
    public async Task An_unknown_generation_is_not_found()
    {
        await _f.RunAsync(Request("small"));
        await _f.RestartAsync();

        var error = await Assert.ThrowsAsync<EngineException>(() => CollectAsync(_f.Engine.AttachAsync("nope", 0, CancellationToken.None)));
        Assert.Equal(ErrorKind.NotFound, error.Kind);
        Assert.False(await _f.Engine.CancelAsync("nope", CancellationToken.None));
    }
}
