using Ilab.Engine.Events;
using Ilab.Engine.Hosting;

namespace Ilab.Engine.Tests.Events;

public sealed class EventBusTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly string _folder = Directory.CreateTempSubdirectory("ilab-events-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task EventsOutliveTheService()
    {
        using (var bus = New())
        {
            bus.Publish("model", "import", "sha256:1", "first");
        }

        await File.AppendAllTextAsync(Path.Combine(_folder, "events.jsonl"), "{\"torn");
        using var next = New();
        next.Publish("model", "remove", "sha256:1", "first");
        Assert.Equal(["import", "remove"], await ReadAsync(next, DateTimeOffset.UnixEpoch));
    }

    [Fact]
    public async Task AFollowerSeesWhatComes()
    {
        using var bus = New();
        bus.Publish("model", "old", "", "");
        using var stop = new CancellationTokenSource();
        var seen = bus.SubscribeAsync(null, null, follow: true, stop.Token).GetAsyncEnumerator(stop.Token);
        var next = seen.MoveNextAsync();
        bus.Publish("model", "new", "", "");
        Assert.True(await next.AsTask().WaitAsync(Patience));
        Assert.Equal("new", seen.Current.Action);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await seen.MoveNextAsync());
    }

    [Fact]
    public async Task UntilEndsIt()
    {
        using var bus = New();
        var seen = 0;
        await foreach (var _ in bus.SubscribeAsync(null, TimeProvider.System.GetUtcNow().AddMilliseconds(50), follow: true, CancellationToken.None))
        {
            seen++;
        }

        Assert.Equal(0, seen);
    }

    [Fact]
    public async Task ASlowListenerMissesTheOldestAndHoldsNobodyUp()
    {
        using var bus = New();
        var slow = bus.SubscribeAsync(null, null, follow: true, CancellationToken.None).GetAsyncEnumerator();
        var first = slow.MoveNextAsync();
        for (var number = 0; number < 5000; number++)
        {
            bus.Publish("model", $"{number}", "", "");
        }

        Assert.True(await first.AsTask().WaitAsync(Patience));
        Assert.True(await slow.MoveNextAsync().AsTask().WaitAsync(Patience));
        Assert.True(int.Parse(slow.Current.Action, System.Globalization.CultureInfo.InvariantCulture) > 1000);
        await slow.DisposeAsync();
    }

    [Fact]
    public async Task OnlyTheLastTenThousandAreKept()
    {
        using (var bus = New())
        {
            for (var number = 0; number < 25_000; number++)
            {
                bus.Publish("model", $"{number}", "", "");
            }
        }

        using var next = New();
        var kept = await ReadAsync(next, DateTimeOffset.UnixEpoch);
        Assert.Equal(10_000, kept.Count);
        Assert.Equal("24999", kept[^1]);
    }

    private EventBus New() =>
        new(
            new EngineOptions
            {
                StoreDirectory = _folder,
                RuntimeDirectory = _folder,
                RunnerPath = "",
            },
            TimeProvider.System
        );

    private static async Task<List<string>> ReadAsync(EventBus bus, DateTimeOffset since)
    {
        var actions = new List<string>();
        await foreach (var entry in bus.SubscribeAsync(since, null, follow: false, CancellationToken.None))
        {
            actions.Add(entry.Action);
        }

        return actions;
    }
}
