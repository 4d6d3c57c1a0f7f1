using Ilab.Engine.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Hosting;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Store.Content;
using Ilab.Engine.Store.Responses;
using Ilab.Engine.Store.State;
using Ilab.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Ilab.Engine.Tests.Store.Responses;

public sealed class ResponseStoreTests : IDisposable
{
    private const int Large = 20 << 20;
    private static readonly Caller Someone = new(4242, IsAdmin: false);

    private readonly TemporaryFolder _folder = new();
    private readonly Database _database;
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(50));
    private readonly ResponseStore _store;

    public ResponseStoreTests()
    {
        var options = new EngineOptions
        {
            StoreDirectory = _folder.Path,
            RuntimeDirectory = _folder.Path,
            RunnerPath = "",
        };
        var content = new ContentStore(options);
        _database = new Database(options);
        var collector = new BlobCollector(content, _database, new LeaseTable(), new LinkTable(content, _database), [ResponseStore.Owner], _time);
        _store = new ResponseStore(_database, collector, _time);
    }

    public void Dispose()
    {
        _database.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task AConversationThatIsTooLargeIsRefused()
    {
        await AddAsync("one", null, Large);
        await AddAsync("two", "one", 10);
        Assert.Equal(["one", "two"], (await _store.ConversationAsync(Someone, "two", CancellationToken.None))!.Select(static one => one.Id));
        await AddAsync("three", "two", Large);
        var refused = await Assert.ThrowsAsync<EngineException>(() => _store.ConversationAsync(Someone, "three", CancellationToken.None));
        Assert.Equal(ErrorKind.InvalidArgument, refused.Kind);
        Assert.Null(await _store.ConversationAsync(Someone, "none", CancellationToken.None));
    }

    [Fact]
    public async Task TheOldestGoWhenAUserHasTooMany()
    {
        var most = (int)(ResponseStore.MostBytes / Large);
        for (var number = 0; number <= most; number++)
        {
            await AddAsync($"{number}", null, Large);
        }

        Assert.Null(await _store.FindAsync(Someone, "0", CancellationToken.None));
        Assert.NotNull(await _store.FindAsync(Someone, "1", CancellationToken.None));
        Assert.NotNull(await _store.FindAsync(Someone, $"{most}", CancellationToken.None));
    }

    [Fact]
    public async Task TheyCountAgainstTheQuotaOfDiskSpace()
    {
        var limited = Someone with { MostDisk = 1000 };
        await _store.RequireRoomAsync(limited, 1000, CancellationToken.None);
        await AddAsync("one", null, 600);
        await _store.RequireRoomAsync(limited, 398, CancellationToken.None); // the answer has two bytes
        var refused = await Assert.ThrowsAsync<EngineException>(() => _store.RequireRoomAsync(limited, 401, CancellationToken.None));
        Assert.Equal(ErrorKind.QuotaExceeded, refused.Kind);
        await _store.RequireRoomAsync(new Caller(1, IsAdmin: false) { MostDisk = 1000 }, 1000, CancellationToken.None); // of each user
        await _store.RequireRoomAsync(Someone, long.MaxValue / 2, CancellationToken.None);
        await _store.RemoveAsync(Someone, "one", CancellationToken.None);
        await _store.RequireRoomAsync(limited, 1000, CancellationToken.None);
    }

    private Task AddAsync(string id, string? previous, int size) =>
        _store.AddAsync(Someone, new StoredResponse(id, previous, new string('x', size - 2), "{}"), CancellationToken.None);
}
