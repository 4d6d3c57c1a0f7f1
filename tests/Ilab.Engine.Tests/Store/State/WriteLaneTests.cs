using Dapper;
using Ilab.Engine.Store.State;
using Ilab.Testing;
using Ilab.Testing.Stores;
using Microsoft.Data.Sqlite;

namespace Ilab.Engine.Tests.Store.State;

/// <summary>Writes that wait together share a transaction, and nothing else.</summary>
public sealed class WriteLaneTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();
    private readonly Database _database;

    public WriteLaneTests() => _database = new Database(StoreFixture.OptionsOf(_folder.Path));

    public void Dispose()
    {
        _database.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task WritesThatWaitTogetherShareOneCommit()
    {
        var before = _database.Version;
        using (var busy = new BusyLane(_database))
        {
            var waiting = Enumerable.Range(0, 8).Select(index => InsertAsync($"b{index}")).ToArray();
            busy.Release();
            await Task.WhenAll(waiting).WaitAsync(Patience);
        }

        Assert.Equal(before + 2, _database.Version);
        Assert.Equal(8, await CountAsync());
    }

    [Fact]
    public async Task OneThatFailsIsUndoneAlone()
    {
        using var busy = new BusyLane(_database);
        var first = InsertAsync("first");
        var failing = _database.WriteAsync<int>(
            static (connection, transaction) =>
            {
                Insert(connection, transaction, "undone");
                throw new InvalidOperationException("no");
            },
            CancellationToken.None
        );
        var doubled = InsertAsync("first");
        var last = InsertAsync("last");
        busy.Release();
        await Task.WhenAll(first, last).WaitAsync(Patience);
        await Assert.ThrowsAsync<InvalidOperationException>(() => failing);
        Assert.Equal(19, (await Assert.ThrowsAsync<SqliteException>(() => doubled)).SqliteErrorCode); // a constraint
        Assert.Equal(["first", "last"], await NamesAsync());
    }

    [Fact]
    public async Task AWriteIsAcknowledgedOnlyWhenOthersCanReadIt()
    {
        using var busy = new BusyLane(_database);
        var seen = Enumerable
            .Range(0, 8)
            .Select(async index =>
            {
                await InsertAsync($"b{index}");
                return (await NamesAsync()).Contains($"b{index}");
            })
            .ToArray();
        busy.Release();
        Assert.DoesNotContain(false, await Task.WhenAll(seen).WaitAsync(Patience));
    }

    [Fact]
    public async Task OneThatAsksForItHasATransactionOfItsOwn()
    {
        var before = _database.Version;
        using var busy = new BusyLane(_database);
        var first = InsertAsync("first");
        // Another connection reads what is committed, and only that.
        var alone = _database.WriteAloneAsync((_, _) => NamesAsync().Result, CancellationToken.None);
        var last = InsertAsync("last");
        busy.Release();
        await Task.WhenAll(first, last).WaitAsync(Patience);
        Assert.Equal(["first"], await alone);
        Assert.Equal(before + 4, _database.Version);
    }

    [Fact]
    public async Task OneThatIsGivenUpWhileItWaitsIsNeverRun()
    {
        using var busy = new BusyLane(_database);
        using var cancellation = new CancellationTokenSource();
        var given = _database.WriteAsync(static (connection, transaction) => Insert(connection, transaction, "given up"), cancellation.Token);
        var other = InsertAsync("other");
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
        busy.Release();
        await other.WaitAsync(Patience);
        Assert.Equal(["other"], await NamesAsync());
    }

    [Fact]
    public async Task AfterTheEndNothingIsWritten()
    {
        _database.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => InsertAsync("late"));
    }

    private static int Insert(SqliteConnection connection, SqliteTransaction transaction, string blob) =>
        connection.Execute("INSERT INTO links VALUES (@blob, 'd', 'i', 1, 1, 1)", new { blob }, transaction);

    private Task<int> InsertAsync(string blob) =>
        _database.WriteAsync((connection, transaction) => Insert(connection, transaction, blob), CancellationToken.None);

    private Task<List<string>> NamesAsync() =>
        _database.ReadAsync(static connection => connection.Query<string>("SELECT blob FROM links ORDER BY blob").ToList(), CancellationToken.None);

    private async Task<int> CountAsync() => (await NamesAsync()).Count;
}
