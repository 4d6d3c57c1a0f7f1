using Ilab.Engine.Errors;
using Ilab.Engine.Serving.Generation;
using Ilab.Engine.Serving.Inference;
using Ilab.Engine.Serving.Models;
using Ilab.Engine.Serving.Scheduling;
using Ilab.Engine.Tests.Serving.Inference;
using static Ilab.Engine.Tests.Serving.Inference.EngineFixture;

namespace Ilab.Engine.Tests.Serving.Scheduling;

public sealed class SchedulerTests : IAsyncLifetime
{
    private readonly EngineFixture _f = new();

    public Task InitializeAsync() => _f.Engine.StartAsync(CancellationToken.None);

    public Task DisposeAsync() => _f.DisposeAsync().AsTask();

    [Fact]
    public async Task An_idle_model_is_unloaded_after_its_time_and_not_before()
    {
        await _f.RunAsync(Request("small"));
        await Until(() => _f.Engine.Loaded.Single().ExpiresAt is not null);
        _f.Time.Advance(_f.Options.KeepAlive - TimeSpan.FromSeconds(1));
        Assert.Equal("ready", _f.Engine.Loaded.Single().State);
        _f.Time.Advance(TimeSpan.FromSeconds(2));

        await Until(() => _f.Engine.Loaded.Count == 0 && _f.Events.Contains("unload small:latest"));
        Assert.Equal(0, _f.Holds["small"]);
        Assert.Equal(0, _f.Ledger.Snapshot()[0].Reserved);
    }

    [Fact]
    public async Task Using_a_model_starts_its_time_anew()
    {
        for (var use = 0; use < 3; use++)
        {
            await _f.RunAsync(Request("small"));
            await Until(() => _f.Engine.Loaded.Single().ExpiresAt is not null);
            Assert.Equal(_f.Time.GetUtcNow() + _f.Options.KeepAlive, _f.Engine.Loaded.Single().ExpiresAt);
            _f.Time.Advance(_f.Options.KeepAlive - TimeSpan.FromSeconds(1));
        }

        Assert.Single(_f.Launcher.Started);
        _f.Time.Advance(TimeSpan.FromSeconds(1));
        await Until(() => _f.Engine.Loaded.Count == 0);
    }

    [Fact]
    public async Task The_model_that_was_not_used_for_longest_makes_room()
    {
        (_f.Models["first"], _f.Models["second"]) = (5 * GiB / 2, 5 * GiB / 2);
        await _f.RunAsync(Request("first"));
        await _f.RunAsync(Request("second"));
        await _f.RunAsync(Request("first"));

        await _f.RunAsync(Request("other"));

        Assert.Equal(["first:latest", "other:latest"], _f.Engine.Loaded.Select(m => m.Name).Order(StringComparer.Ordinal));
        Assert.Equal(0, _f.Holds["second"]);
    }

    [Fact]
    public async Task What_can_never_fit_is_refused_with_figures_and_costs_nobody_anything()
    {
        await _f.RunAsync(Request("small"));

        var error = await Assert.ThrowsAsync<EngineException>(() => _f.RunAsync(Request("huge")));

        Assert.Equal(ErrorKind.DoesNotFit, error.Kind);
        Assert.Matches(@"^huge:latest does not fit: it needs 6\d(\.\d+)? GB with a context of 512, and cpu has 10\.7 GB for models", error.Message);
        Assert.Equal(["small:latest"], _f.Engine.Loaded.Select(m => m.Name));
        Assert.Equal(0, _f.Holds["huge"]);
        Assert.Single(_f.Launcher.Started);
    }

    [Fact]
    public async Task A_request_can_keep_it_for_ever_or_not_at_all()
    {
        await _f.RunAsync(Request("small") with { Load = new LoadSettings { KeepAlive = TimeSpan.FromSeconds(-1) } });
        await Until(() => _f.Engine.Loaded.Single().Active == 0);
        _f.Time.Advance(TimeSpan.FromDays(100));
        Assert.Null(_f.Engine.Loaded.Single().ExpiresAt);

        await _f.RunAsync(Request("small") with { Load = new LoadSettings { KeepAlive = TimeSpan.Zero } });
        await Until(() => _f.Engine.Loaded.Count == 0);
    }

    [Fact]
    public async Task A_pinned_model_stays_whatever_others_ask_for_until_it_is_stopped()
    {
        await _f.RunAsync(Request("large") with { Load = new LoadSettings { IsPinned = true } });
        await _f.RunAsync(Request("large") with { Load = new LoadSettings { KeepAlive = TimeSpan.Zero } });
        await Until(() => _f.Engine.Loaded.Single().Active == 0);
        _f.Time.Advance(TimeSpan.FromDays(100));
        await _f.RestartAsync();
        Assert.True(_f.Engine.Loaded.Single() is { IsPinned: true, State: "ready" or "starting" or "loading", ExpiresAt: null });

        var error = await Assert.ThrowsAsync<EngineException>(() => _f.RunAsync(Request("other")));
        Assert.Equal(ErrorKind.DoesNotFit, error.Kind);
        Assert.Contains("used by pinned models", error.Message, StringComparison.Ordinal);

        await _f.RunAsync(Request("large") with { Load = new LoadSettings { IsPinned = false } });
        await _f.RunAsync(Request("other"));
        Assert.Equal(["other:latest"], _f.Engine.Loaded.Select(m => m.Name));

        await _f.RunAsync(Request("other") with { Load = new LoadSettings { IsPinned = true } });
        await _f.Engine.UnloadAsync("other", all: false, force: false, CancellationToken.None);
        await _f.RunAsync(Request("large"));
        Assert.False(_f.Engine.Loaded.Single().IsPinned);
    }

    [Fact]
    public async Task An_idle_model_makes_room_for_another()
    {
        await _f.RunAsync(Request("large"));
        var events = await _f.RunAsync(Request("other"));

        Assert.Contains(events, e => e is GenerationQueued);
        Assert.Equal("0 1 2 3 4 ", Text(events));
        Assert.Equal(["other:latest"], _f.Engine.Loaded.Select(m => m.Name));
    }

    [Fact]
    public async Task A_busy_model_is_waited_for_and_smaller_requests_do_not_overtake()
    {
        var gate = new TaskCompletionSource();
        _f.Launcher.Plan = new() { WordGate = (0, gate.Task) };
        var busy = _f.RunAsync(Request("large"));
        await Until(() => _f.Launcher.Started.Count == 1 && _f.Launcher.Last.Generations.Submitted.Count == 1);
        var told = new List<string>();
        var waiting = Task.Run(async () =>
        {
            await foreach (var e in _f.Engine.GenerateAsync(Request("other"), CancellationToken.None))
            {
                told.Add(e is GenerationQueued q ? $"{q.Position} {q.Reason}" : "");
                Changes.Tell();
            }
        });
        await Until(() => told.Count == 1);
        Assert.StartsWith("1 waiting for memory", told[0], StringComparison.Ordinal);
        gate.SetResult();

        await busy;
        await waiting.WaitAsync(Patience);
        Assert.Equal(2, _f.Launcher.Started.Count);
    }

    [Fact]
    public async Task A_stream_of_requests_for_one_model_does_not_starve_another()
    {
        var gate = new TaskCompletionSource();
        _f.Launcher.Plan = new() { WordGate = (0, gate.Task) };
        var first = _f.RunAsync(Request("large"));
        await Until(() => _f.Launcher.Started.Count == 1 && _f.Launcher.Last.Generations.Submitted.Count == 1);
        var queued = new TaskCompletionSource();
        var waiting = CollectAsync(_f.Engine.GenerateAsync(Request("other"), CancellationToken.None), queued);
        _f.Launcher.Plan = new();
        await queued.Task.WaitAsync(Patience);
        _f.Time.Advance(Scheduler.Patience);
        var late = Enumerable.Range(0, 5).Select(_ => _f.RunAsync(Request("large"))).ToList();
        gate.SetResult();

        await first;
        Assert.Equal("0 1 2 3 4 ", Text(await waiting));
        Assert.Equal("other:latest", _f.Launcher.Started.ElementAt(1).Spec.Model.Name);
        await Task.WhenAll(late);
    }

    [Fact]
    public async Task A_larger_context_loads_the_model_again()
    {
        await _f.RunAsync(Request("small"));
        Assert.Equal(512, _f.Launcher.Last.Spec.ContextLength);
        await _f.RunAsync(Request("small") with { Load = new LoadSettings { ContextLength = 2048 } });

        Assert.Equal(2048, _f.Launcher.Last.Spec.ContextLength);
        Assert.Equal(2048, _f.Engine.Loaded.Single().ContextLength);
        await _f.RunAsync(Request("small"));
        Assert.Equal(2, _f.Launcher.Started.Count);
    }

    [Fact]
    public async Task What_the_runner_measured_replaces_the_estimate_also_for_the_next_service()
    {
        _f.Launcher.Plan = new() { Measured = 3 * GiB };
        await _f.RunAsync(Request("small"));

        Assert.Equal(3 * GiB, _f.Ledger.Snapshot()[0].Reserved);
        var loadedAt = _f.Engine.Loaded.Single().LoadedAt;
        _f.Time.Advance(TimeSpan.FromMinutes(1));
        await _f.RestartAsync();
        Assert.Equal((3 * GiB, loadedAt), (_f.Engine.Loaded.Single().Memory, _f.Engine.Loaded.Single().LoadedAt));
        Assert.Equal(_f.Time.GetUtcNow() - TimeSpan.FromMinutes(1), loadedAt);
    }

    [Fact]
    public async Task Stopping_waits_for_what_runs()
    {
        var gate = new TaskCompletionSource();
        _f.Launcher.Plan = new() { WordGate = (2, gate.Task) };
        var running = _f.RunAsync(Request("small"));
        await Until(() => _f.Launcher.Started.Count == 1 && _f.Launcher.Last.Generations.Submitted.Count == 1);
        var stopping = _f.Engine.UnloadAsync("small", false, false, CancellationToken.None);
        await Until(() => _f.Engine.Loaded.Single().State == "stopping");
        Assert.False(stopping.IsCompleted);
        gate.SetResult();

        Assert.Equal("0 1 2 3 4 ", Text(await running));
        Assert.Equal(["small:latest"], await stopping.WaitAsync(Patience));
        Assert.Empty(_f.Engine.Loaded);
    }

    [Fact]
    public async Task Stopping_answers_with_the_name_that_was_asked_for()
    {
        await _f.RunAsync(Request("small"));
        await _f.RunAsync(Request("tuned/small"));
        Assert.Single(_f.Launcher.Started);

        Assert.Equal(["tuned/small:latest"], await _f.Engine.UnloadAsync("tuned/small", false, false, CancellationToken.None).WaitAsync(Patience));
        Assert.Empty(_f.Engine.Loaded);

        await _f.RunAsync(Request("tuned/small"));
        Assert.Equal(["small:latest"], await _f.Engine.UnloadAsync("small", false, false, CancellationToken.None).WaitAsync(Patience));
    }

    [Fact]
    public async Task Stopping_by_force_ends_what_runs()
    {
        _f.Launcher.Plan = new() { WordGate = (2, new TaskCompletionSource().Task) };
        var running = _f.RunAsync(Request("small"));
        await Until(() => _f.Launcher.Started.Count == 1 && _f.Launcher.Last.Generations.Submitted.Count == 1);

        await _f.Engine.UnloadAsync("", true, true, CancellationToken.None).WaitAsync(Patience);

        await Assert.ThrowsAsync<EngineException>(() => running);
        Assert.Empty(_f.Engine.Loaded);
    }

    [Fact]
    public async Task Stopping_what_is_not_loaded_is_not_found()
    {
        var error = await Assert.ThrowsAsync<EngineException>(() => _f.Engine.UnloadAsync("small", false, false, CancellationToken.None));

        Assert.Equal(ErrorKind.NotFound, error.Kind);
    }

    [Fact]
    public async Task A_caller_that_leaves_while_waiting_leaves_nothing_behind()
    {
        _f.Launcher.Plan = new() { LoadGate = new TaskCompletionSource().Task };
        using var leave = new CancellationTokenSource();
        var running = _f.RunAsync(Request("small"), leave.Token);
        await Until(() => _f.Engine.Loaded.Any(m => m.State == "loading"));
        await leave.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        await Until(() => _f.Holds["small"] == 1);
    }

    [Fact]
    public async Task Loading_ahead_tells_its_progress_and_the_model()
    {
        var progress = new List<LoadProgress>();
        await foreach (var p in _f.Engine.LoadAsync(ModelSelection.Stored("small"), new LoadSettings(), CancellationToken.None))
        {
            progress.Add(p);
        }

        Assert.Equal("starting", progress[0].Phase);
        Assert.Equal("ready", progress[^1].Phase);
        Assert.Equal("small:latest", progress[^1].Model!.Name);
    }
}
