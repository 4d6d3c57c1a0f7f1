using Ilab.Engine.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Store.Content;
using Microsoft.Data.Sqlite;

namespace Ilab.Engine.Store.Catalog;

public abstract partial class ReferenceCatalog<TRecord>
{
    /// <summary>Removes a name or, with an id, all names; an object without a name is deleted with the blobs that nothing else uses.</summary>
    /// <exception cref="EngineException">NOT_FOUND, AMBIGUOUS, IN_USE.</exception>
    public Task<Removal> RemoveAsync(string reference, bool force, CancellationToken cancellationToken) =>
        RemoveAsync(Caller.Service, reference, force, cancellationToken);

    /// <summary>As above, on behalf of a caller.</summary>
    /// <exception cref="EngineException">Also PERMISSION_DENIED: a name, or the untagged object, is someone else's.</exception>
    public async Task<Removal> RemoveAsync(Caller caller, string reference, bool force, CancellationToken cancellationToken)
    {
        var (removal, blobs) = await Database
            .WriteAsync((connection, transaction) => Remove(connection, transaction, caller, reference, force), cancellationToken)
            .ConfigureAwait(false);

        // With force, the data may still be in use: it stays until it is not, and a prune removes it.
        return blobs.Count == 0 ? removal : removal with { Reclaimed = await Collector.DeleteUnusedAsync(blobs, cancellationToken).ConfigureAwait(false) };
    }

    /// <summary>Removes unused blobs, stale partial writes and, with <paramref name="all"/>, untagged objects of this kind.</summary>
    /// <param name="before">Only those created before; null = regardless of age.</param>
    public async Task<Removal> PruneAsync(bool all, bool dryRun, DateTimeOffset? before, CancellationToken cancellationToken)
    {
        var nameless = all ? await RemoveNamelessAsync(dryRun, before, cancellationToken).ConfigureAwait(false) : Nameless.None;
        var reclaimed = await Collector.CollectAsync(nameless, dryRun, before, cancellationToken).ConfigureAwait(false);
        return new Removal([], nameless.Objects, reclaimed);
    }

    /// <summary>Removes the unnamed objects of this kind but not yet their blobs; with <paramref name="dryRun"/> only lists them.</summary>
    /// <param name="before">Only those created before; null = regardless of age.</param>
    public Task<Nameless> RemoveNamelessAsync(bool dryRun, DateTimeOffset? before, CancellationToken cancellationToken) =>
        // Selected and removed in one transaction: an object that is tagged concurrently is either kept, or not found.
        dryRun
            ? Database.ReadAsync(connection => FindNameless(connection, before), cancellationToken)
            : Database.WriteAsync((connection, transaction) => RemoveNameless(connection, transaction, before), cancellationToken);

    /// <summary>Removes blobs of an object that did not come to be, as far as nothing else uses them.</summary>
    /// <returns>Bytes freed.</returns>
    public Task<long> DropAsync(IReadOnlyList<Digest> blobs, CancellationToken cancellationToken) => Collector.DeleteUnusedAsync(blobs, cancellationToken);

    private (Removal Removal, IReadOnlyList<Digest> Blobs) Remove(
        SqliteConnection connection,
        SqliteTransaction transaction,
        Caller caller,
        string reference,
        bool force
    )
    {
        var (found, isByName) = FindRemovable(connection, caller, reference);
        var names = table.NamesOf(connection, found.Digest);
        if (!isByName && names.Count > 1 && !force)
        {
            var shown = string.Join(", ", names);
            throw new EngineException(
                ErrorKind.InUse,
                $"{reference} has {names.Count} names: {shown}",
                "remove the names one by one, or all of them with --force"
            );
        }

        if (isByName && names.Count > 1)
        {
            table.DeleteName(connection, transaction, found.Name);
            return (new Removal([found.Name], [], 0), []);
        }

        if (!force && Leases.IsLeased(found.Digest))
        {
            var owners = string.Join(", ", Leases.Owners(found.Digest));
            throw new EngineException(ErrorKind.InUse, $"{reference} is in use ({owners})", table.Schema.InUseHint);
        }

        var blobs = table.BlobsOf(connection, found.Digest);
        table.Delete(connection, transaction, found.Digest);
        return (new Removal(names, [found.Digest], 0), [.. blobs, found.Digest]);
    }

    /// <summary>Whoever removes a name must own it; whoever removes an object by its id must own all of its names.</summary>
    private (TRecord Found, bool IsByName) FindRemovable(SqliteConnection connection, Caller caller, string reference)
    {
        var found = Find(connection, reference);
        var isByName = ModelName.TryParse(reference, out var parsed) && parsed.ToString() == found.Name;
        if (isByName || found.Name.Length == 0)
        {
            caller.RequireOwner(found.Uid, $"the {table.Schema.Noun} {reference}");
        }
        else if (!caller.IsAdmin && table.NamesOfOthers(connection, found.Digest, caller.Uid) is [var (name, owner), ..])
        {
            caller.RequireOwner(owner, $"the {table.Schema.Noun} name {name}");
        }

        return (found, isByName);
    }

    private Nameless FindNameless(SqliteConnection connection, DateTimeOffset? before)
    {
        var gone = table
            .Nameless(connection)
            .Where(record => !Leases.IsLeased(record.Digest) && (before is null || record.Created < before))
            .Select(static record => record.Digest)
            .ToList();
        return new Nameless(gone, [.. gone.SelectMany(digest => table.BlobsOf(connection, digest).Append(digest))]);
    }

    private Nameless RemoveNameless(SqliteConnection connection, SqliteTransaction transaction, DateTimeOffset? before)
    {
        var nameless = FindNameless(connection, before);
        foreach (var digest in nameless.Objects)
        {
            table.Delete(connection, transaction, digest);
        }

        return nameless;
    }
}

/// <summary>Result of a removal; bytes in <paramref name="Reclaimed"/>.</summary>
public sealed record Removal(IReadOnlyList<string> Untagged, IReadOnlyList<Digest> Deleted, long Reclaimed);

/// <summary>Objects without a name, and every blob of theirs, manifests included.</summary>
public sealed record Nameless(IReadOnlyList<Digest> Objects, IReadOnlyList<Digest> Blobs)
{
    public static Nameless None { get; } = new([], []);

    public static Nameless operator +(Nameless left, Nameless right) => new([.. left.Objects, .. right.Objects], [.. left.Blobs, .. right.Blobs]);
}
