using System.Security.Cryptography;
using Ilab.Engine.Errors;
using Ilab.Engine.Store.Content;
using Ilab.Engine.Store.State;
using Microsoft.Data.Sqlite;

namespace Ilab.Engine.Store.Catalog;

/// <summary>
/// References to manifests: objects of one kind, found by name or id, named, listed and removed by reference count. Models and datasets are such kinds;
/// each has names of its own, under the same rules.
/// </summary>
public abstract class ReferenceCatalog<TRecord>(
    CatalogTable<TRecord> table,
    ContentStore content,
    Database database,
    LeaseTable leases,
    BlobCollector collector,
    TimeProvider time)
    where TRecord : class, ICatalogRecord
{
    private const int ShortestPrefix = 4;

    private ListCache? _list;

    public ContentStore Content { get; } = content;

    public LeaseTable Leases { get; } = leases;

    protected Database Database { get; } = database;

    protected BlobCollector Collector { get; } = collector;

    protected TimeProvider Time { get; } = time;

    /// <summary>One object by name, digest or unique prefix of its digest.</summary>
    /// <exception cref="EngineException">NOT_FOUND, AMBIGUOUS, INVALID_ARGUMENT.</exception>
    public Task<TRecord> FindAsync(string reference, CancellationToken cancellationToken) =>
        Database.ReadAsync(connection => Find(connection, reference), cancellationToken);

    public async Task<bool> ExistsAsync(string reference, CancellationToken cancellationToken)
    {
        try
        {
            await FindAsync(reference, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (EngineException exception) when (exception.Kind == ErrorKind.NotFound)
        {
            return false;
        }
    }

    /// <summary>Every name, newest first, and the objects without one. Read again only after something was written: ten thousand rows take 40 ms.</summary>
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

    public Task<List<string>> NamesAsync(Digest digest, CancellationToken cancellationToken) =>
        Database.ReadAsync(connection => table.NamesOf(connection, digest), cancellationToken);

    /// <summary>Gives an object one more name; the name moves when another object has it.</summary>
    /// <exception cref="EngineException">NOT_FOUND, AMBIGUOUS, INVALID_ARGUMENT.</exception>
    public Task<TRecord> TagAsync(string source, string target, CancellationToken cancellationToken) => CopyAsync(source, target, replace: true, cancellationToken);

    /// <summary>The same, but a name that is taken stays unless <paramref name="replace"/>.</summary>
    /// <exception cref="EngineException">NOT_FOUND, AMBIGUOUS, INVALID_ARGUMENT, ALREADY_EXISTS.</exception>
    public Task<TRecord> CopyAsync(string source, string target, bool replace, CancellationToken cancellationToken)
    {
        var name = ModelName.Parse(target).ToString();
        return Database.WriteAsync(
            (connection, transaction) =>
            {
                var found = Find(connection, source); // here, where nobody can remove it meanwhile
                CheckFree(connection, name, found.Digest, replace);
                table.SetName(connection, transaction, name, found.Digest, Time.GetUtcNow(), found.Labels);
                return table.ByName(connection, name)!;
            },
            cancellationToken);
    }

    /// <summary>Before the work rather than after it.</summary>
    /// <exception cref="EngineException">INVALID_ARGUMENT, ALREADY_EXISTS.</exception>
    public Task RequireFreeAsync(string name, bool replace, CancellationToken cancellationToken)
    {
        var parsed = ModelName.Parse(name).ToString();
        return Database.ReadAsync(connection => { CheckFree(connection, parsed, default, replace); return true; }, cancellationToken);
    }

    /// <summary>Removes a name, or with an id every name; an object without a name goes, and its blobs that nothing else uses.</summary>
    /// <exception cref="EngineException">NOT_FOUND, AMBIGUOUS, IN_USE.</exception>
    public async Task<Removal> RemoveAsync(string reference, bool force, CancellationToken cancellationToken)
    {
        var (removal, blobs) = await Database.WriteAsync(
            (connection, transaction) => Remove(connection, transaction, reference, force),
            cancellationToken).ConfigureAwait(false);

        // With force somebody may still use the bytes: those stay until nobody does, and a prune takes them.
        return blobs.Count == 0 ? removal : removal with { Reclaimed = await Collector.DeleteUnusedAsync(blobs, cancellationToken).ConfigureAwait(false) };
    }

    /// <summary>Removes blobs that nothing uses, stale partial writes, and with <paramref name="all"/> the objects of this kind without a name.</summary>
    /// <param name="before">Only what was made before; null = whatever its age.</param>
    public async Task<Removal> PruneAsync(bool all, bool dryRun, DateTimeOffset? before, CancellationToken cancellationToken)
    {
        var (gone, blobs) = (new List<Digest>(), new List<Digest>());
        if (all)
        {
            // Chosen and removed in one transaction: what gets a name meanwhile has it before, and stays, or is not found.
            (gone, blobs) = dryRun
                ? await Database.ReadAsync(connection => Nameless(connection, before), cancellationToken).ConfigureAwait(false)
                : await Database.WriteAsync(
                    (connection, transaction) => RemoveNameless(connection, transaction, before),
                    cancellationToken).ConfigureAwait(false);
        }

        var reclaimed = dryRun
            ? await Collector.MeasureAsync(gone, blobs, before, cancellationToken).ConfigureAwait(false)
            : await Collector.CollectAsync(blobs, before, cancellationToken).ConfigureAwait(false);
        return new Removal([], gone, reclaimed);
    }

    /// <summary>Takes bytes away again that were to be an object and are not: only what nothing uses.</summary>
    /// <returns>Bytes freed.</returns>
    public Task<long> DropAsync(IReadOnlyList<Digest> blobs, CancellationToken cancellationToken) => Collector.DeleteUnusedAsync(blobs, cancellationToken);

    /// <exception cref="EngineException">CORRUPT: it is missing, or not what its digest says.</exception>
    public byte[] ReadManifestBytes(Digest digest)
    {
        var bytes = Content.Contains(digest) ? File.ReadAllBytes(Content.BlobPath(digest)) : [];
        return Digest.Of(SHA256.HashData(bytes)) == digest
            ? bytes
            : throw new EngineException(ErrorKind.Corrupt, $"the manifest {digest.Short} is damaged or missing in the store", table.Schema.RepairHint);
    }

    public Manifest ReadManifest(Digest digest) => Manifest.Parse(ReadManifestBytes(digest));

    /// <summary>Stores bytes that are to be part of an object; the lease comes first: they may be there already, and about to be removed.</summary>
    protected Digest Put(byte[] bytes, LeaseGroup held)
    {
        held.Add(Digest.Of(SHA256.HashData(bytes)));
        return Content.Put(bytes);
    }

    /// <summary>Adds the row of an object with its blobs, and its name if it has one.</summary>
    /// <param name="insert">Adds the object's own row, unless it is there.</param>
    /// <exception cref="EngineException">ALREADY_EXISTS, DISK_FULL.</exception>
    protected Task<TRecord> AddAsync(
        TRecord record,
        IEnumerable<Digest> blobs,
        bool replace,
        Action<SqliteConnection, SqliteTransaction> insert,
        CancellationToken cancellationToken) =>
        Database.WriteAsync(
            (connection, transaction) =>
            {
                insert(connection, transaction);
                table.AddBlobs(connection, transaction, record.Digest, blobs);
                if (record.Name.Length > 0)
                {
                    CheckFree(connection, record.Name, record.Digest, replace);
                    table.SetName(connection, transaction, record.Name, record.Digest, record.Created, record.Labels);
                }

                return record;
            },
            cancellationToken);

    protected EngineException NotFound(string reference)
    {
        if (PrefixOf(reference) is null)
        {
            ModelName.Parse(reference); // says what is wrong with a name that cannot be one
        }

        return new EngineException(ErrorKind.NotFound, $"no {table.Schema.Noun} {reference}", table.Schema.MissingHint);
    }

    private static string? PrefixOf(string reference)
    {
        var hex = reference.StartsWith("sha256:", StringComparison.Ordinal) ? reference[7..] : reference;
        return hex.Length is >= ShortestPrefix and <= 64 && hex.All(char.IsAsciiHexDigitLower) ? "sha256:" + hex : null;
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
            throw new EngineException(ErrorKind.Ambiguous, $"{reference} fits {digests.Length} {table.Schema.Noun}s: {shown}", "give more of the id");
        }

        return matches.FirstOrDefault() ?? throw NotFound(reference);
    }

    private void CheckFree(SqliteConnection connection, string name, Digest digest, bool replace)
    {
        if (!replace && table.ByName(connection, name) is { } holder && holder.Digest != digest)
        {
            throw new EngineException(
                ErrorKind.AlreadyExists,
                $"{name} is the name of another {table.Schema.Noun} ({holder.Digest.Short})",
                "choose another name, or replace it with --replace");
        }
    }

    private (Removal Removal, IReadOnlyList<Digest> Blobs) Remove(
        SqliteConnection connection,
        SqliteTransaction transaction,
        string reference,
        bool force)
    {
        var found = Find(connection, reference);
        var isByName = ModelName.TryParse(reference, out var name) && name.ToString() == found.Name;
        var names = table.NamesOf(connection, found.Digest);
        if (!isByName && names.Count > 1 && !force)
        {
            throw new EngineException(ErrorKind.InUse, $"{reference} has {names.Count} names: {string.Join(", ", names)}", "remove them by name, or all with --force");
        }

        if (isByName && names.Count > 1)
        {
            table.DeleteName(connection, transaction, found.Name);
            return (new Removal([found.Name], [], 0), []);
        }

        if (!force && Leases.IsLeased(found.Digest))
        {
            throw new EngineException(ErrorKind.InUse, $"{reference} is in use ({string.Join(", ", Leases.Owners(found.Digest))})", table.Schema.InUseHint);
        }

        var blobs = table.BlobsOf(connection, found.Digest);
        table.Delete(connection, transaction, found.Digest);
        return (new Removal(names, [found.Digest], 0), [.. blobs, found.Digest]);
    }

    private (List<Digest> Gone, List<Digest> Blobs) Nameless(SqliteConnection connection, DateTimeOffset? before)
    {
        var gone = table.Nameless(connection)
            .Where(record => !Leases.IsLeased(record.Digest) && (before is null || record.Created < before))
            .Select(static record => record.Digest)
            .ToList();
        return (gone, [.. gone.SelectMany(digest => table.BlobsOf(connection, digest).Append(digest))]);
    }

    private (List<Digest> Gone, List<Digest> Blobs) RemoveNameless(SqliteConnection connection, SqliteTransaction transaction, DateTimeOffset? before)
    {
        var nameless = Nameless(connection, before);
        nameless.Gone.ForEach(digest => table.Delete(connection, transaction, digest));
        return nameless;
    }

    /// <param name="Version">Of the database when the reading began.</param>
    private sealed record ListCache(long Version, IReadOnlyList<TRecord> Records);
}

/// <summary>What a removal took away; bytes in <paramref name="Reclaimed"/>.</summary>
public sealed record Removal(IReadOnlyList<string> Untagged, IReadOnlyList<Digest> Deleted, long Reclaimed);
