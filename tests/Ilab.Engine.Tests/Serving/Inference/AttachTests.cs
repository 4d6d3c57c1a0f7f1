using Ilab.Engine.Access;
using Ilab.Engine.Serving.Generation;
using static Ilab.Engine.Tests.Serving.Inference.EngineFixture;

namespace Ilab.Engine.Tests.Serving.Inference;

public sealed class AttachTests : IAsyncLifetime
{
    private readonly EngineFixture _f = new();
    private readonly TaskCompletionSource _gate = new();

    public Task InitializeAsync()
    {
        _f.Launcher.Plan = new() { WordGate = (3, _gate.Task) };
        return _f.Engine.StartAsync(CancellationToken.None);
    }

    public Task DisposeAsync() => _f.DisposeAsync().AsTask();

    [Fact]
    public async Task A_generation_goes_on_when_its_reader_leaves_and_can_be_read_again()
    {
        await LeaveAfterFirstWords();
        _gate.SetResult();

        Assert.Equal("0 1 2 3 4 ", Text(await CollectAsync(_f.Engine.AttachAsync("g", 0, CancellationToken.None))));
        Assert.Empty(_f.Launcher.Last.Generations.Cancelled);
    }

    [Fact]
    public async Task It_is_cancelled_when_nobody_comes_back_in_time()
    {
        await LeaveAfterFirstWords();
        Assert.Equal(1, _f.Engine.Loaded.Single().Active);
        _f.Time.Advance(_f.Options.OrphanGrace);

        await Until(() => _f.Launcher.Last.Generations.Cancelled.Contains("g"));
        await Until(() => _f.Engine.Loaded.Single().Active == 0);
    }

    [Fact]
    public async Task It_is_not_cancelled_when_somebody_came_back()
    {
        await LeaveAfterFirstWords();
        var again = CollectAsync(_f.Engine.AttachAsync("g", 2, CancellationToken.None));
        await Until(() => _f.Engine.Loaded.Single().Active == 2);
        _f.Time.Advance(_f.Options.OrphanGrace * 2);
        _gate.SetResult();

        Assert.Equal("0 1 2 3 4 ", Text(await again));
    }

    [Fact]
    public async Task Two_readers_at_different_places_both_get_everything_once()
    {
        var first = _f.RunAsync(Request("small", 8, "g"));
        await Until(() => _f.Launcher.Started.Count == 1 && _f.Launcher.Last.Generations.Submitted.Count == 1);
        var readers = Enumerable.Range(0, 10).Select(i => CollectAsync(_f.Engine.AttachAsync("g", (ulong)i % 4, CancellationToken.None))).ToList();
        _gate.SetResult();

        Assert.Equal("0 1 2 3 4 5 6 7 ", Text(await first));
        for (var i = 0; i < readers.Count; i++)
        {
            var expected = Enumerable.Range(0, 8).Skip(Math.Max(0, (i % 4) - 2)).Select(n => n + " ");
            Assert.Equal(string.Concat(expected), Text(await readers[i]));
        }
    }

    [Fact]
    public async Task What_it_used_is_counted_once_whoever_reads_its_end()
    {
        var used = new List<int>();
        await LeaveAfterFirstWords(used.Add);
        _gate.SetResult();
        await CollectAsync(_f.Engine.AttachAsync("g", 0, CancellationToken.None));
        Assert.Equal([5], used);

        await CollectAsync(_f.Engine.AttachAsync(Caller.Service, "g", 0, used.Add, CancellationToken.None));
        Assert.Equal([5], used);
    }

    [Fact]
    public async Task What_a_cancelled_one_used_is_counted_although_nobody_reads_it()
    {
        var used = new List<int>();
        await LeaveAfterFirstWords(used.Add);
        Assert.True(await _f.Engine.CancelAsync("g", CancellationToken.None));
        await Until(() => used.Count == 1);
    }

    [Fact]
    public async Task Cancelling_ends_it_for_the_reader()
    {
        var running = _f.RunAsync(Request("small", id: "g"));
        await Until(() => _f.Launcher.Started.Count == 1 && _f.Launcher.Last.Generations.Submitted.Count == 1);

        Assert.True(await _f.Engine.CancelAsync("g", CancellationToken.None));
        Assert.Equal(FinishReason.Cancelled, Assert.IsType<GenerationFinished>((await running)[^1]).Reason);
        await Until(() => _f.Engine.Loaded.Single().Active == 0);
        Assert.False(await _f.Engine.CancelAsync("g", CancellationToken.None));
    }

    [Fact]
    public async Task Cancelling_while_the_model_loads_ends_it_too()
    {
        _f.Launcher.Plan = new() { LoadGate = new TaskCompletionSource().Task };
        var running = _f.RunAsync(Request("small", id: "g"));
        await Until(() => _f.Engine.Loaded.Any(m => m.State == "loading"));

        Assert.True(await _f.Engine.CancelAsync("g", CancellationToken.None));
        Assert.Equal(FinishReason.Cancelled, Assert.IsType<GenerationFinished>((await running)[^1]).Reason);
    }

    private async Task LeaveAfterFirstWords(Action<int>? used = null)
    {
        using var leave = new CancellationTokenSource();
        var text = "";
        try
        {
            await foreach (var e in _f.Engine.GenerateAsync(Request("small", id: "g") with { Used = used ?? (static _ => { }) }, leave.Token))
            {
                text += (e as GenerationDelta)?.Text;
                if (text == "0 1 2 ")
                {
                    await leave.CancelAsync();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // As when a client's connection breaks.
        }
    }
}
