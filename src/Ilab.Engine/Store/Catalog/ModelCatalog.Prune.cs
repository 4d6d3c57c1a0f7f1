using Ilab.Engine.Store.Content;
using Ilab.Posix.Files;

namespace Ilab.Engine.Store.Catalog;

public sealed partial class ModelCatalog
{
    /// <summary>How old bytes must be that nothing names: younger ones may belong to an import that is about to name them.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan IngestGrace = TimeSpan.FromDays(1);

    /// <summary>Removes blobs that no model needs, stale partial writes, and with <paramref name="all"/> the models without a name.</summary>
    /// <param name="before">Only what was made before; null = whatever its age.</param>
    public async Task<Removal> PruneAsync(bool all, bool dryRun, DateTimeOffset? before, CancellationToken cancellationToken)
    {
        var nameless = all ? (await ListAsync(cancellationToken).ConfigureAwait(false)).Where(model => model.Name.Length == 0 && !leases.IsLeased(model.Digest) && (before is null || model.Created < before)).ToArray() : [];
        var blobs = new List<Digest>();
        foreach (var model in nameless)
        {
            blobs.AddRange(await database.ReadAsync(connection => ModelTable.BlobsOf(connection, model.Digest), cancellationToken).ConfigureAwait(false));
            blobs.Add(model.Digest);
            if (!dryRun)
            {
                await database.WriteAsync((connection, transaction) => { ModelTable.DeleteModel(connection, transaction, model.Digest); return 0; }, cancellationToken).ConfigureAwait(false);
            }
        }

        var needed = await database.ReadAsync(connection => ModelTable.NeededWithout(connection, [.. nameless.Select(static model => model.Digest.ToString())]), cancellationToken).ConfigureAwait(false);
        var now = time.GetUtcNow().UtcDateTime;
        var old = (before?.UtcDateTime is { } limit && limit < now ? limit : now) - Grace;
        blobs.AddRange(content.Blobs().Where(blob => !needed.Contains(blob.ToString()) && ChangedBefore(blob, old)));
        var reclaimed = dryRun ? blobs.Distinct().Where(blob => !needed.Contains(blob.ToString()) && content.Contains(blob)).Sum(content.SizeOf) : await DeleteUnneededAsync([.. blobs.Distinct()], cancellationToken).ConfigureAwait(false);
        foreach (var ingest in content.Ingests().Where(file => now - file.Written > IngestGrace && (before is null || file.Written < before.Value.UtcDateTime)))
        {
            reclaimed += ingest.Length;
            if (!dryRun)
            {
                File.Delete(ingest.Path);
            }
        }

        return new Removal([], [.. nameless.Select(static model => model.Digest)], reclaimed);
    }

    /// <summary>Sizes for `system df`: all models, those that are in use, and what a prune would free; in bytes.</summary>
    public async Task<StoreUsage> UsageAsync(CancellationToken cancellationToken)
    {
        var models = await ListAsync(cancellationToken).ConfigureAwait(false);
        var distinct = models.DistinctBy(static model => model.Digest).ToArray();
        var reclaimable = (await PruneAsync(all: true, dryRun: true, before: null, cancellationToken).ConfigureAwait(false)).Reclaimed;
        var blobs = content.Blobs().ToArray();
        return new StoreUsage(distinct.Length, distinct.Count(model => leases.IsLeased(model.Digest)), blobs.Length, blobs.Where(content.Contains).Sum(content.SizeOf), reclaimable, content.Ingests().Count, content.Ingests().Sum(static file => file.Length));
    }

    /// <summary>Takes bytes away again that were to be a model and are not: only what no model needs and nobody uses.</summary>
    public Task<long> DropAsync(IReadOnlyList<Digest> blobs, CancellationToken cancellationToken) => DeleteUnneededAsync(blobs, cancellationToken);

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

    private async Task<long> DeleteUnneededAsync(IReadOnlyList<Digest> candidates, CancellationToken cancellationToken)
    {
        // Looked up and deleted inside the writers' lane, so that no model can come to need a blob in between.
        return await database.WriteAsync(
            (connection, transaction) =>
            {
                var needed = ModelTable.Needed(connection);
                long reclaimed = 0;
                foreach (var blob in candidates.Where(blob => !needed.Contains(blob.ToString())))
                {
                    reclaimed += leases.RemoveUnused(blob, content.Delete);
                    if (!content.Contains(blob))
                    {
                        links.Forget(connection, transaction, blob);
                    }
                }

                return reclaimed;
            },
            cancellationToken).ConfigureAwait(false);
    }
}

/// <summary>What the store holds; sizes in bytes.</summary>
public sealed record StoreUsage(int Models, int Active, int Blobs, long Size, long Reclaimable, int Partial, long PartialSize);
