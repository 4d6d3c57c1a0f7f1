using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Dapper;
using Ilab.Engine.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Store.Content;
using Ilab.Engine.Store.State;
using Microsoft.Data.Sqlite;

namespace Ilab.Engine.Store.UserFiles;

/// <summary>Files that users upload for later requests. They count against the quota of disk space.</summary>
public sealed class UserFileStore(ContentStore content, Database database, LeaseTable leases, BlobCollector collector, TimeProvider time)
{
    private const string Columns =
        "SELECT id AS Id, uid AS Uid, name AS Name, purpose AS Purpose, digest AS Digest, size AS Size, created AS Created, expires AS Expires FROM files";
    private const int LongestName = 255;

    /// <summary>For garbage collection and quotas: files that have expired need nothing, even before they are removed.</summary>
    public static IBlobOwner OwnerAt(TimeProvider time) => new UserFileBlobs(time);

    /// <summary>Stores a file.</summary>
    /// <param name="lifetime">Null = until it is removed.</param>
    /// <exception cref="EngineException">INVALID_ARGUMENT, QUOTA_EXCEEDED, DISK_FULL.</exception>
    public async Task<UserFile> AddAsync(
        Caller caller,
        string name,
        string purpose,
        TimeSpan? lifetime,
        ReceivedFile received,
        CancellationToken cancellationToken
    )
    {
        if (name.Length is 0 or > LongestName || name.Any(char.IsControl))
        {
            throw new EngineException(ErrorKind.InvalidArgument, $"the name of a file has 1 to {LongestName} characters, and no control characters");
        }

        await RemoveExpiredAsync(cancellationToken).ConfigureAwait(false);
        var now = time.GetUtcNow();
        var id = $"file-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16))}";
        var file = new UserFile(id, caller.Uid, name, purpose, received.Digest, received.Size, now, now + lifetime);
        await database
            .WriteAsync(
                (connection, transaction) =>
                {
                    collector.Quota.Require(connection, caller, [file.Digest]);
                    return Insert(connection, transaction, file);
                },
                cancellationToken
            )
            .ConfigureAwait(false);
        received.Keep();
        return file;
    }

    /// <summary>Receives the bytes of a file: they are kept while the result is held, and then as long as something refers to them.</summary>
    /// <param name="most">Most bytes.</param>
    /// <exception cref="EngineException">INVALID_ARGUMENT: there are more; QUOTA_EXCEEDED, DISK_FULL.</exception>
    public Task<ReceivedFile> ReceiveAsync(Caller caller, Stream bytes, long most, CancellationToken cancellationToken) =>
        ReceiveAsync(caller, ChunksAsync(bytes, cancellationToken), most, cancellationToken);

    /// <summary>As above, of bytes that come in chunks.</summary>
    /// <exception cref="EngineException">As above.</exception>
    public async Task<ReceivedFile> ReceiveAsync(Caller caller, IAsyncEnumerable<ReadOnlyMemory<byte>> chunks, long most, CancellationToken cancellationToken)
    {
        await collector.Quota.RequireAsync(caller, 1, cancellationToken).ConfigureAwait(false);
        var ingest = await content.OpenIngestAsync($"file-{Guid.NewGuid():N}", cancellationToken).ConfigureAwait(false);
        await using var open = ingest.ConfigureAwait(false);
        try
        {
            await foreach (var chunk in chunks.ConfigureAwait(false))
            {
                if (ingest.Length + chunk.Length > most)
                {
                    throw new EngineException(ErrorKind.InvalidArgument, $"the file is larger than {ByteText.Of(most)}", "split it");
                }

                await ingest.WriteAsync(chunk, cancellationToken).ConfigureAwait(false);
            }

            var size = ingest.Length;
            await collector.Quota.RequireAsync(caller, size, cancellationToken).ConfigureAwait(false);
            var lease = leases.Acquire(ingest.Digest, "a file");
            try
            {
                return new ReceivedFile(await ingest.CommitAsync(null, null, cancellationToken).ConfigureAwait(false), size, lease, ForgetAsync);
            }
            catch
            {
                lease.Dispose();
                throw;
            }
        }
        catch
        {
            ingest.Abort();
            throw;
        }
    }

    /// <summary>The caller's files, newest first.</summary>
    public Task<IReadOnlyList<UserFile>> ListAsync(Caller caller, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<UserFile>>(
            connection =>
                [
                    .. connection
                        .Query<Row>(Columns + " WHERE uid = @uid ORDER BY created DESC, id", new { uid = (long)caller.Uid })
                        .Select(static row => row.ToRecord())
                        .Where(IsThere),
                ],
            cancellationToken
        );

    /// <exception cref="EngineException">NOT_FOUND: there is none with that id, or it is someone else's.</exception>
    public async Task<UserFile> FindAsync(Caller caller, string id, CancellationToken cancellationToken)
    {
        var row = await database
            .ReadAsync(connection => connection.QuerySingleOrDefault<Row>(Columns + " WHERE id = @id", new { id }), cancellationToken)
            .ConfigureAwait(false);
        return row?.ToRecord() is { } file && caller.Owns(file.Uid) && IsThere(file) ? file : throw NoSuchFile(id);
    }

    /// <exception cref="EngineException">As above.</exception>
    public async Task RemoveAsync(Caller caller, string id, CancellationToken cancellationToken)
    {
        var file = await FindAsync(caller, id, cancellationToken).ConfigureAwait(false);
        await database
            .WriteAsync((connection, transaction) => connection.Execute("DELETE FROM files WHERE id = @id", new { id }, transaction), cancellationToken)
            .ConfigureAwait(false);
        await collector.DeleteUnusedAsync([file.Digest], cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Opens a blob for reading, even if it is removed meanwhile.</summary>
    /// <exception cref="EngineException">NOT_FOUND.</exception>
    public FileStream Open(Digest digest) =>
        content.Contains(digest)
            ? new FileStream(content.BlobPath(digest), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1 << 16, FileOptions.Asynchronous)
            : throw new EngineException(ErrorKind.NotFound, "the content of the file is no longer in the store", "upload it again");

    /// <summary>Removes bytes that were received, unless something refers to them.</summary>
    internal Task ForgetAsync(Digest digest) => collector.DeleteUnusedAsync([digest], CancellationToken.None);

    public static EngineException NoSuchFile(string id) => new(ErrorKind.NotFound, $"no such file: {id}");

    /// <summary>The bytes of a stream; each chunk is valid until the next one is asked for.</summary>
    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> ChunksAsync(Stream bytes, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var buffer = new byte[1 << 16];
        for (int read; (read = await bytes.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0; )
        {
            yield return buffer.AsMemory(0, read);
        }
    }

    private bool IsThere(UserFile file) => !(file.Expires <= time.GetUtcNow());

    /// <summary>Removes the files that have expired.</summary>
    public async Task RemoveExpiredAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var digests = await database
            .ReadAsync(connection => connection.Query<string>("SELECT digest FROM files WHERE expires <= @now", new { now }).ToList(), cancellationToken)
            .ConfigureAwait(false);
        if (digests.Count > 0)
        {
            await database
                .WriteAsync(
                    (connection, transaction) => connection.Execute("DELETE FROM files WHERE expires <= @now", new { now }, transaction),
                    cancellationToken
                )
                .ConfigureAwait(false);
            await collector.DeleteUnusedAsync([.. digests.Select(Digest.Parse)], cancellationToken).ConfigureAwait(false);
        }
    }

    private static int Insert(SqliteConnection connection, SqliteTransaction transaction, UserFile file) =>
        connection.Execute(
            "INSERT INTO files (id, uid, name, purpose, digest, size, created, expires) VALUES (@id, @uid, @name, @purpose, @digest, @size, @created, @expires)",
            new
            {
                id = file.Id,
                uid = (long)file.Uid,
                name = file.Name,
                purpose = file.Purpose,
                digest = file.Digest.ToString(),
                size = file.Size,
                created = file.Created.ToUnixTimeMilliseconds(),
                expires = file.Expires?.ToUnixTimeMilliseconds(),
            },
            transaction
        );

    private sealed class Row
    {
        public string Id { get; set; } = "";

        public long Uid { get; set; }

        public string Name { get; set; } = "";

        public string Purpose { get; set; } = "";

        public string Digest { get; set; } = "";

        public long Size { get; set; }

        public long Created { get; set; }

        public long? Expires { get; set; }

        public UserFile ToRecord() =>
            new(
                Id,
                (uint)Uid,
                Name,
                Purpose,
                Content.Digest.Parse(Digest),
                Size,
                DateTimeOffset.FromUnixTimeMilliseconds(Created),
                Expires is { } expires ? DateTimeOffset.FromUnixTimeMilliseconds(expires) : null
            );
    }
}
