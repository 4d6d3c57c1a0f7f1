using Ilab.Engine.Errors;
using Ilab.Engine.Serving.Generation;
using Ilab.Engine.Tests.Serving.Scheduling;
using static Ilab.Engine.Tests.Serving.Inference.EngineFixture;

namespace Ilab.Engine.Tests.Serving.Inference;

public sealed class RunnerDeathTests : IAsyncLifetime
{
    private readonly EngineFixture _f = new();

    public Task InitializeAsync() => _f.Engine.StartAsync(CancellationToken.None);

    public Task DisposeAsync() => _f.DisposeAsync().AsTask();

    [Fact]
    public async Task The_reader_gets_one_clear_line_and_other_models_go_on()
    {
        var gate = new TaskCompletionSource();
        _f.Launcher.Plan = new() { WordGate = (3, gate.Task) };
        var events = new List<GenerationEvent>();
        var dying = ReadInto(_f.Engine.GenerateAsync(Request("small"), CancellationToken.None), events);
        await Until(() => Text(Copy(events)) == "0 1 2 ");
        var victim = _f.Launcher.Last;
        _f.Launcher.Plan = new() { WordGate = (3, gate.Task) };
        var living = _f.RunAsync(Request("large"));
        await Until(() => _f.Engine.Loaded.Count(m => m.State == "ready") == 2);

        await victim.DieAsync(9);

        var error = await Assert.ThrowsAsync<EngineException>(() => dying.WaitAsync(Patience));
        Assert.Equal(ErrorKind.RunnerLost, error.Kind);
        Assert.Equal("the runner of small:latest died: killed by signal 9 (SIGKILL)", error.Message);
        Assert.NotEmpty(error.Hint);
        gate.SetResult();
        Assert.Equal("0 1 2 3 4 ", Text(await living));
        await Until(() => _f.Events.Contains("die small:latest killed by signal 9 (SIGKILL)"));
        Assert.Equal(0, _f.Holds["small"]);
    }

    [Fact]
    public async Task The_next_request_loads_the_model_anew()
    {
        await _f.RunAsync(Request("small"));
        await _f.Launcher.Last.DieAsync(11);
        await Until(() => _f.Engine.Loaded.Count == 0);

        Assert.Equal("0 1 2 3 4 ", Text(await _f.RunAsync(Request("small"))));
    }

    [Fact]
    public async Task Three_deaths_in_a_row_while_loading_park_the_model_until_it_is_stopped_by_hand()
    {
        _f.Launcher.Plan = new() { LoadGate = new TaskCompletionSource().Task };
        for (var i = 1; i <= 3; i++)
        {
            var running = _f.RunAsync(Request("small"));
            await Until(() => Turn() && _f.Launcher.Started.Count == i && _f.Engine.Loaded.Any(m => m.State == "loading"));
            await _f.Launcher.Last.DieAsync(6);
            await Assert.ThrowsAsync<EngineException>(() => running);
        }

        var parked = await Assert.ThrowsAsync<EngineException>(() => _f.RunAsync(Request("small")));
        Assert.Contains("three times", parked.Message, StringComparison.Ordinal);
        Assert.Contains("SIGABRT", parked.Message, StringComparison.Ordinal);

        _f.Launcher.Plan = new();
        await Assert.ThrowsAsync<EngineException>(() => _f.Engine.UnloadAsync("small", false, false, CancellationToken.None));
        Assert.Equal("0 1 2 3 4 ", Text(await _f.RunAsync(Request("small"))));
    }

    [Fact]
    public async Task Three_deaths_in_a_row_while_generating_park_the_model_too()
    {
        _f.Launcher.Plan = new() { WordGate = (3, new TaskCompletionSource().Task) };
        for (var i = 1; i <= 3; i++)
        {
            var events = new List<GenerationEvent>();
            var running = ReadInto(_f.Engine.GenerateAsync(Request("small"), CancellationToken.None), events);
            await Until(() => Turn() && _f.Launcher.Started.Count == i && Text(Copy(events)) == "0 1 2 ");
            await _f.Launcher.Last.DieAsync(11);
            Assert.Equal(ErrorKind.RunnerLost, (await Assert.ThrowsAsync<EngineException>(() => running.WaitAsync(Patience))).Kind);
            await Until(() => _f.Engine.Loaded.Count == 0);
        }

        var parked = await Assert.ThrowsAsync<EngineException>(() => _f.RunAsync(Request("small")));
        Assert.Contains("three times", parked.Message, StringComparison.Ordinal);
    }

    // Lets the whole pause after a crash go by: nothing else would tell that it is time to look again.
    private bool Turn()
    {
        _f.Time.Advance(TimeSpan.FromSeconds(2));
        return true;
    }

    private static async Task ReadInto(IAsyncEnumerable<GenerationEvent> events, List<GenerationEvent> list)
    {
        await foreach (var e in events)
        {
            lock (list)
            {
                list.Add(e);
            }

            Changes.Tell();
        }
    }

    private static List<GenerationEvent> Copy(List<GenerationEvent> list)
    {
        lock (list)
        {
            return [.. list];
        }
    }
}
