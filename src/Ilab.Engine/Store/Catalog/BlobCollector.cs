using Ilab.Engine.Store.Content;
using Ilab.Engine.Store.State;
using Ilab.Posix.Files;
using Microsoft.Data.Sqlite;

namespace Ilab.Engine.Store.Catalog;

/// <summary>Garbage collection of blobs: consults every owner, and removes blobs that are neither referenced by a row nor leased.</summary>
public sealed class BlobCollector(
    ContentStore content,
    Database database,
    LeaseTable leases,
    LinkTable links,
    IEnumerable<IBlobOwner> owners,
    TimeProvider time
)
{
    /// <summary>Minimum age of unreferenced blobs: newer ones may belong to an import that is about to register them.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan IngestGrace = TimeSpan.FromDays(1);

    private readonly IBlobOwner[] _owners = [.. owners];

    /// <summary>Quotas of users: they count the blobs that these owners use.</summary>
    public DiskQuota Quota { get; } = new(content, database, owners);

    /// <summary>Removes unused blobs and abandoned partial writes; with <paramref name="dryRun"/> only counts them.</summary>
    /// <param name="removed">Objects that were removed, or would be: their blobs are checked regardless of age.</param>
    /// <param name="before">Only those created before; null = regardless of age.</param>
    /// <returns>Bytes freed, or that would be freed.</returns>
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

    /// <summary>Removes the unused ones among the candidates.</summary>
    /// <returns>Bytes freed.</returns>
    public Task<long> DeleteUnusedAsync(IReadOnlyList<Digest> candidates, CancellationToken cancellationToken) =>
        candidates.Count == 0
            ? Task.FromResult(0L)
            : database.WriteAloneAsync(
                (connection, transaction) =>
                {
                    // Checked and deleted inside the write lane, so that no blob becomes used in between; in a transaction of its own, so that everything it
                    // reads is durable.
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

    /// <summary>Unused blobs too old to belong to a running import.</summary>
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

    /// <summary>By the time of the last status change, which cannot be forged.</summary>
    private bool ChangedBefore(Digest blob, DateTime limit)
    {
        try
        {
            return FileSystem.IdentityOf(content.BlobPath(blob)).Changed < (limit - DateTime.UnixEpoch).Ticks * 100;
        }
        catch (FileNotFoundException)
        {
            return false; // just removed by someone else
        }
    }
}
