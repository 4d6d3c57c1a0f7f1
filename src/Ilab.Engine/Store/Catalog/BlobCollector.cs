using Ilab.Engine.Store.Content;
using Ilab.Engine.Store.State;
using Ilab.Posix.Files;
using Microsoft.Data.Sqlite;

namespace Ilab.Engine.Store.Catalog;

/// <summary>Garbage collection of blobs: asks every owner which it uses, and removes what no row refers to and nobody has leased.</summary>
public sealed class BlobCollector(
    ContentStore content,
    Database database,
    LeaseTable leases,
    LinkTable links,
    IEnumerable<IBlobOwner> owners,
    TimeProvider time
)
{
    /// <summary>How old bytes must be that nothing names: younger ones may belong to an import that is about to name them.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan IngestGrace = TimeSpan.FromDays(1);

    private readonly IBlobOwner[] _owners = [.. owners];

    /// <summary>Removes blobs that nothing uses and partial writes that nobody goes on with; with <paramref name="dryRun"/> only counts them.</summary>
    /// <param name="removed">Objects that are gone, or would be: their blobs are looked at whatever their age.</param>
    /// <param name="before">Only what was made before; null = whatever its age.</param>
    /// <returns>Bytes freed, or that would be.</returns>
    public async Task<long> CollectAsync(Nameless removed, bool dryRun, DateTimeOffset? before, CancellationToken cancellationToken)
    {
        HashSet<string> objects = [.. removed.Objects.Select(static digest => digest.ToString())];
        var used = await database.ReadAsync(connection => Used(connection, objects), cancellationToken).ConfigureAwait(false);
        var unused = removed.Blobs.Where(blob => !used.Contains(blob.ToString())).Concat(Old(used, before)).Distinct().ToList();
        var stale = Stale(before).ToList();
        if (dryRun)
        {
            return unused.Sum(content.SizeOf) + stale.Sum(static ingest => ingest.Length);
        }

        stale.ForEach(static ingest => File.Delete(ingest.Path));
        return stale.Sum(static ingest => ingest.Length) + await DeleteUnusedAsync(unused, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes those that nothing uses.</summary>
    /// <returns>Bytes freed.</returns>
    public Task<long> DeleteUnusedAsync(IReadOnlyList<Digest> candidates, CancellationToken cancellationToken) =>
        candidates.Count == 0
            ? Task.FromResult(0L)
            : database.WriteAloneAsync(
                (connection, transaction) =>
                {
                    // Looked up and deleted inside the writers' lane, so that nothing can come to use a blob in between; alone, so that what is seen is
                    // on disk.
                    var used = Used(connection, []);
                    long reclaimed = 0;
                    foreach (var blob in candidates.Where(blob => !used.Contains(blob.ToString())))
                    {
                        reclaimed += leases.RemoveUnused(blob, content.Delete);
                        if (!content.Contains(blob))
                        {
                            links.Forget(connection, transaction, blob);
                        }
                    }

                    return reclaimed;
                },
                cancellationToken
            );

    private HashSet<string> Used(SqliteConnection connection, HashSet<string> gone) =>
        [.. _owners.SelectMany(owner => owner.Uses(connection)).Where(use => !gone.Contains(use.Object)).Select(static use => use.Blob)];

    /// <summary>Unused blobs that no import can be about to name.</summary>
    private IEnumerable<Digest> Old(HashSet<string> used, DateTimeOffset? before)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var limit = (before?.UtcDateTime is { } asked && asked < now ? asked : now) - Grace;
        return content.Blobs().Where(blob => !used.Contains(blob.ToString()) && ChangedBefore(blob, limit));
    }

    private IEnumerable<PartialWrite> Stale(DateTimeOffset? before)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return content.Ingests().Where(file => now - file.Written > IngestGrace && (before is null || file.Written < before.Value.UtcDateTime));
    }

    /// <summary>By the time of the last change of anything, which nobody can set.</summary>
    private bool ChangedBefore(Digest blob, DateTime limit)
    {
        try
        {
            return FileSystem.IdentityOf(content.BlobPath(blob)).Changed < (limit - DateTime.UnixEpoch).Ticks * 100;
        }
        catch (FileNotFoundException)
        {
            return false; // removed by somebody else just now
        }
    }
}
