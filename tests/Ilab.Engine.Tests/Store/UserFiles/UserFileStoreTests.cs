using Ilab.Engine.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Hosting;
using Ilab.Engine.Jobs;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Store.Content;
using Ilab.Engine.Store.State;
using Ilab.Engine.Store.UserFiles;
using Ilab.Engine.Workloads.Batches;
using Ilab.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Ilab.Engine.Tests.Store.UserFiles;

public sealed class UserFileStoreTests : IDisposable
{
    private static readonly Caller Someone = new(4242, IsAdmin: false) { MostDisk = 1000 };

    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(50));
    private readonly ContentStore _content;
    private readonly Database _database;
    private readonly UserFileStore _files;

    public UserFileStoreTests()
    {
        var options = new EngineOptions
        {
            StoreDirectory = _folder.Path,
            RuntimeDirectory = _folder.Path,
            RunnerPath = "",
        };
        (_content, _database) = (new ContentStore(options), new Database(options));
        var leases = new LeaseTable();
        IBlobOwner[] owners = [UserFileStore.OwnerAt(_time), JobManager.Owner, BatchHandler.Owner];
        var collector = new BlobCollector(_content, _database, leases, new LinkTable(_content, _database), owners, _time);
        _files = new UserFileStore(_content, _database, leases, collector, _time);
    }

    public void Dispose()
    {
        _database.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task AFileThatHasExpiredCountsForNobody()
    {
        var file = await AddAsync(1, 900, TimeSpan.FromHours(1));
        Assert.Equal(ErrorKind.QuotaExceeded, (await Assert.ThrowsAsync<EngineException>(() => AddAsync(2, 200, null))).Kind);
        _time.Advance(TimeSpan.FromHours(1));
        await AddAsync(3, 200, null);
        Assert.False(_content.Contains(file.Digest));
    }

    [Fact]
    public async Task AFileThatHasExpiredIsRemovedWithoutAnotherUpload()
    {
        var (short_, long_) = (await AddAsync(1, 10, TimeSpan.FromHours(1)), await AddAsync(2, 10, TimeSpan.FromHours(2)));
        _time.Advance(TimeSpan.FromHours(1));
        await _files.RemoveExpiredAsync(CancellationToken.None);
        Assert.Equal((false, true), (_content.Contains(short_.Digest), _content.Contains(long_.Digest)));
        Assert.Equal([long_.Id], (await _files.ListAsync(Someone, CancellationToken.None)).Select(static file => file.Id));
    }

    [Fact]
    public async Task AnUploadThatComesToNothingLeavesNothing()
    {
        var kept = await AddAsync(1, 10, null);
        foreach (var content in (byte[])[1, 2])
        {
            var received = await ReceiveAsync(content, 10);
            Assert.True(_content.Contains(received.Digest));
            await received.DisposeAsync();
            Assert.Equal(received.Digest == kept.Digest, _content.Contains(received.Digest)); // the same bytes may be a file
        }

        await using var held = await ReceiveAsync(3, 10);
        await (await ReceiveAsync(3, 10)).DisposeAsync();
        Assert.True(_content.Contains(held.Digest)); // of another upload
    }

    /// <summary>The input of a batch that no file refers to counts for its user while the batch is unfinished.</summary>
    [Fact]
    public async Task TheInputOfABatchCountsUntilItEnds()
    {
        var received = await ReceiveAsync(1, 900);
        await using (received)
        {
            await AddJobAsync(BatchBook.ToJson(new BatchRequest { Input = received.Digest.ToString() }));
            received.Keep();
        }

        Assert.True(_content.Contains(received.Digest));
        Assert.Equal(ErrorKind.QuotaExceeded, (await Assert.ThrowsAsync<EngineException>(() => AddAsync(2, 200, null))).Kind);
        await _database.WriteAsync(
            static (connection, transaction) =>
            {
                using var command = connection.CreateCommand();
                (command.CommandText, command.Transaction) = ($"UPDATE jobs SET state = {(int)JobState.Failed}", transaction);
                return command.ExecuteNonQuery();
            },
            CancellationToken.None
        );
        await AddAsync(2, 200, null);
        await new BatchHandler(_files, null!, new BatchBook(_content), _time).EndedAsync(
            Job(BatchBook.ToJson(new BatchRequest { Input = received.Digest.ToString() }))
        );
        Assert.False(_content.Contains(received.Digest));
    }

    private static JobRecord Job(string request) =>
        new()
        {
            Id = "0123",
            Kind = BatchHandler.JobKind,
            Title = "a batch",
            Request = request,
            State = JobState.Queued,
            Created = DateTimeOffset.UnixEpoch,
            Uid = Someone.Uid,
        };

    private Task AddJobAsync(string request) =>
        _database.WriteAsync(
            (connection, transaction) =>
            {
                JobTable.Insert(connection, transaction, Job(request), "");
                return 0;
            },
            CancellationToken.None
        );

    private Task<ReceivedFile> ReceiveAsync(byte content, int size) =>
        _files.ReceiveAsync(Someone, new MemoryStream([.. Enumerable.Repeat(content, size)]), 1 << 20, CancellationToken.None);

    private async Task<UserFile> AddAsync(byte content, int size, TimeSpan? lifetime)
    {
        await using var received = await ReceiveAsync(content, size);
        return await _files.AddAsync(Someone, "a file", "batch", lifetime, received, CancellationToken.None);
    }
}
