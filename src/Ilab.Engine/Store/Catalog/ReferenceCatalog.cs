using System.Security.Cryptography;
using Ilab.Engine.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Store.Content;
using Ilab.Engine.Store.State;
using Microsoft.Data.Sqlite;

namespace Ilab.Engine.Store.Catalog;

/// <summary>
/// References to manifests: objects of one kind, found by name or id, named, listed and removed by reference count. Models and datasets are such kinds; each
/// has its own namespace, with the same rules.
/// </summary>
public abstract partial class ReferenceCatalog<TRecord>(
    CatalogTable<TRecord> table,
    ContentStore content,
    Database database,
    LeaseTable leases,
    BlobCollector collector,
    TimeProvider time
)
    where TRecord : class, ICatalogRecord
{
    private const int ShortestPrefix = 4;

    private ListCache? _list;

    public ContentStore Content { get; } = content;

    public LeaseTable Leases { get; } = leases;

    protected Database Database { get; } = database;

    protected BlobCollector Collector { get; } = collector;

    protected TimeProvider Time { get; } = time;

    /// <summary>Finds an object by name, digest or unique digest prefix.</summary>
    /// <exception cref="EngineException">NOT_FOUND, AMBIGUOUS, INVALID_ARGUMENT.</exception>
    public Task<TRecord> FindAsync(string reference, CancellationToken cancellationToken) =>
        Database.ReadAsync(connection => Find(connection, reference), cancellationToken);

    /// <summary>As above, on behalf of a caller.</summary>
    /// <exception cref="EngineException">Also PERMISSION_DENIED: it is someone else's, and not shared.</exception>
    public Task<TRecord> FindAsync(Caller caller, string reference, CancellationToken cancellationToken) =>
        Database.ReadAsync(connection => FindVisible(connection, caller, reference), cancellationToken);

    public Task<bool> ExistsAsync(string reference, CancellationToken cancellationToken) => ExistsAsync(Caller.Service, reference, cancellationToken);

    /// <summary>As above; what the caller may not see does not exist.</summary>
    public async Task<bool> ExistsAsync(Caller caller, string reference, CancellationToken cancellationToken)
    {
        try
        {
            await FindAsync(caller, reference, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (EngineException exception) when (exception.Kind is ErrorKind.NotFound or ErrorKind.PermissionDenied)
        {
            return false;
        }
    }

    /// <summary>Checks that a caller may remove a name or object, before the work that comes first.</summary>
    /// <exception cref="EngineException">NOT_FOUND, AMBIGUOUS, PERMISSION_DENIED.</exception>
    public Task<TRecord> FindRemovableAsync(Caller caller, string reference, CancellationToken cancellationToken) =>
        Database.ReadAsync(connection => FindRemovable(connection, caller, reference).Found, cancellationToken);

    /// <summary>All names, newest first, including untagged objects. Cached until the next write: ten thousand rows take 40 ms.</summary>
    public async Task<IReadOnlyList<TRecord>> ListAsync(CancellationToken cancellationToken)
    {
        var version = Database.Version;
        if (_list is { } list && list.Version == version)
        {
            return list.Records;
        }

        var records = await Database.ReadAsync(table.All, cancellationToken).ConfigureAwait(false);
        _list = new ListCache(version, records);
        return records;
    }

    /// <summary>As above, without what the caller may not see.</summary>
    public async Task<IReadOnlyList<TRecord>> ListAsync(Caller caller, CancellationToken cancellationToken) =>
        await ListAsync(cancellationToken).ConfigureAwait(false) is var all && (caller.IsAdmin || IsShared(caller))
            ? all
            : [.. all.Where(record => caller.Owns(record.Uid))];

    public Task<List<string>> NamesAsync(Digest digest, CancellationToken cancellationToken) =>
        Database.ReadAsync(connection => table.NamesOf(connection, digest), cancellationToken);

    /// <summary>Adds a name to an object; a name in use by another object is moved.</summary>
    /// <returns>The object under that name, and the digest of the one that had the name before; null = none, or the same.</returns>
    /// <exception cref="EngineException">NOT_FOUND, AMBIGUOUS, INVALID_ARGUMENT.</exception>
    public Task<(TRecord Record, Digest? Before)> MoveAsync(Caller caller, string source, string target, CancellationToken cancellationToken) =>
        NameAsync(caller, source, target, replace: true, cancellationToken);

    /// <summary>Adds a name to an object; a name in use by another object is moved.</summary>
    /// <exception cref="EngineException">NOT_FOUND, AMBIGUOUS, INVALID_ARGUMENT.</exception>
    public Task<TRecord> TagAsync(string source, string target, CancellationToken cancellationToken) =>
        CopyAsync(Caller.Service, source, target, replace: true, cancellationToken);

    /// <summary>As above, but a name in use is kept unless <paramref name="replace"/> is true.</summary>
    /// <exception cref="EngineException">NOT_FOUND, AMBIGUOUS, INVALID_ARGUMENT, ALREADY_EXISTS.</exception>
    public Task<TRecord> CopyAsync(string source, string target, bool replace, CancellationToken cancellationToken) =>
        CopyAsync(Caller.Service, source, target, replace, cancellationToken);

    /// <summary>As above, on behalf of a caller, who becomes the owner of the name.</summary>
    /// <exception cref="EngineException">Also PERMISSION_DENIED: the name is someone else's.</exception>
    public async Task<TRecord> CopyAsync(Caller caller, string source, string target, bool replace, CancellationToken cancellationToken) =>
        (await NameAsync(caller, source, target, replace, cancellationToken).ConfigureAwait(false)).Record;

    private Task<(TRecord Record, Digest? Before)> NameAsync(Caller caller, string source, string target, bool replace, CancellationToken cancellationToken)
    {
        var name = ModelName.Parse(target).ToString();
        return Database.WriteAsync(
            (connection, transaction) =>
            {
                var found = FindVisible(connection, caller, source); // resolved here, where nobody can remove it concurrently
                CheckFree(connection, caller, name, found.Digest, replace);
                Collector.Quota.Require(connection, caller, table.BlobsOf(connection, found.Digest));
                Digest? before = table.ByName(connection, name) is { } holder && holder.Digest != found.Digest ? holder.Digest : null;
                table.SetName(connection, transaction, name, found.Digest, caller.Uid, Time.GetUtcNow(), found.Labels);
                return (table.ByName(connection, name)!, before);
            },
            cancellationToken
        );
    }

    /// <summary>Checks a name before the work rather than after it.</summary>
    /// <exception cref="EngineException">INVALID_ARGUMENT, ALREADY_EXISTS.</exception>
    public Task RequireFreeAsync(string name, bool replace, CancellationToken cancellationToken) =>
        RequireFreeAsync(Caller.Service, name, replace, cancellationToken);

    /// <summary>As above, on behalf of a caller.</summary>
    /// <exception cref="EngineException">Also PERMISSION_DENIED: the name is someone else's.</exception>
    public Task RequireFreeAsync(Caller caller, string name, bool replace, CancellationToken cancellationToken)
    {
        var parsed = ModelName.Parse(name).ToString();
        return Database.ReadAsync(
            connection =>
            {
                CheckFree(connection, caller, parsed, default, replace);
                return true;
            },
            cancellationToken
        );
    }

    /// <summary>Checks before the work that the caller's quota has room.</summary>
    /// <exception cref="EngineException">QUOTA_EXCEEDED.</exception>
    public Task RequireQuotaAsync(Caller caller, long bytes, CancellationToken cancellationToken) =>
        Collector.Quota.RequireAsync(caller, bytes, cancellationToken);

    /// <exception cref="EngineException">CORRUPT: it is missing or does not match its digest.</exception>
    public byte[] ReadManifestBytes(Digest digest)
    {
        var bytes = Content.Contains(digest) ? File.ReadAllBytes(Content.BlobPath(digest)) : [];
        return Digest.Of(SHA256.HashData(bytes)) == digest
            ? bytes
            : throw new EngineException(ErrorKind.Corrupt, $"the manifest {digest.Short} is damaged or missing in the store", table.Schema.RepairHint);
    }

    public Manifest ReadManifest(Digest digest) => Manifest.Parse(ReadManifestBytes(digest));

    /// <summary>Stores a blob of an object to be registered; the lease is taken first, since the blob may exist and be about to be removed.</summary>
    protected Digest Put(byte[] bytes, LeaseGroup held)
    {
        held.Add(Digest.Of(SHA256.HashData(bytes)));
        return Content.Put(bytes);
    }

    /// <summary>Inserts the row of an object with its blobs, and its name, if any.</summary>
    /// <param name="caller">The owner of the name.</param>
    /// <param name="insert">Inserts the object's own row, unless it exists.</param>
    /// <exception cref="EngineException">ALREADY_EXISTS, DISK_FULL.</exception>
    protected Task<TRecord> AddAsync(
        Caller caller,
        TRecord record,
        IEnumerable<Digest> blobs,
        bool replace,
        Action<SqliteConnection, SqliteTransaction> insert,
        CancellationToken cancellationToken
    ) =>
        Database.WriteAsync(
            (connection, transaction) =>
            {
                Collector.Quota.Require(connection, caller, blobs);
                insert(connection, transaction);
                table.AddBlobs(connection, transaction, record.Digest, blobs);
                if (record.Name.Length > 0)
                {
                    CheckFree(connection, caller, record.Name, record.Digest, replace);
                    table.SetName(connection, transaction, record.Name, record.Digest, caller.Uid, record.Created, record.Labels);
                }

                return record;
            },
            cancellationToken
        );

    protected EngineException NotFound(string reference)
    {
        if (PrefixOf(reference) is null)
        {
            ModelName.Parse(reference); // reports why a name is invalid
        }

        return new EngineException(ErrorKind.NotFound, $"no such {table.Schema.Noun}: {reference}", table.Schema.MissingHint);
    }

    private static string? PrefixOf(string reference)
    {
        var hex = reference.StartsWith("sha256:", StringComparison.Ordinal) ? reference[7..] : reference;
        return hex.Length is >= ShortestPrefix and <= 64 && hex.All(char.IsAsciiHexDigitLower) ? "sha256:" + hex : null;
    }

    /// <summary>Whether the caller may see and use objects of this kind that belong to others.</summary>
    protected abstract bool IsShared(Caller caller);

    private TRecord FindVisible(SqliteConnection connection, Caller caller, string reference)
    {
        var found = Find(connection, reference);
        if (!caller.Owns(found.Uid) && !IsShared(caller) && !table.IsNamedBy(connection, found.Digest, caller.Uid))
        {
            throw Caller.Denied(found.Uid, $"the {table.Schema.Noun} {reference}");
        }

        return found;
    }

    private TRecord Find(SqliteConnection connection, string reference)
    {
        if (ModelName.TryParse(reference, out var name) && table.ByName(connection, name.ToString()) is { } named)
        {
            return named;
        }

        var matches = PrefixOf(reference) is { } prefix ? table.ByDigestPrefix(connection, prefix) : [];
        var digests = matches.Select(static match => match.Digest).Distinct().ToArray();
        if (digests.Length > 1)
        {
            var shown = $"{string.Join(", ", digests.Take(5).Select(static digest => digest.Short))}{(digests.Length > 5 ? ", ..." : "")}";
            throw new EngineException(ErrorKind.Ambiguous, $"{reference} matches {digests.Length} {table.Schema.Noun}s: {shown}", "use a longer prefix");
        }

        return matches.FirstOrDefault() ?? throw NotFound(reference);
    }

    private void CheckFree(SqliteConnection connection, Caller caller, string name, Digest digest, bool replace)
    {
        if (table.ByName(connection, name) is not { } holder)
        {
            return;
        }

        caller.RequireOwner(holder.Uid, $"the {table.Schema.Noun} name {name}");
        if (!replace && holder.Digest != digest)
        {
            throw new EngineException(
                ErrorKind.AlreadyExists,
                $"{name} is the name of another {table.Schema.Noun} ({holder.Digest.Short})",
                "choose another name, or replace it with --replace"
            );
        }
    }

    /// <param name="Version">Version of the database when the read started.</param>
    private sealed record ListCache(long Version, IReadOnlyList<TRecord> Records);
}
