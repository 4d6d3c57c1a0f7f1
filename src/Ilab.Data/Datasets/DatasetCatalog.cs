using System.Security.Cryptography;
using System.Text.Json;
using Ilab.Engine.Errors;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Store.Content;
using Ilab.Engine.Store.State;

namespace Ilab.Data.Datasets;

/// <summary>The datasets of the store: made of blobs, found by name or id, removed. Names follow the rules of models' names and are a space of their own.</summary>
public sealed class DatasetCatalog(ContentStore content, Database database, LeaseTable leases, ModelCatalog models, TimeProvider time)
{
    private const int ShortestPrefix = 4;

    public ContentStore Content { get; } = content;

    public LeaseTable Leases { get; } = leases;

    /// <summary>Makes a dataset; the same files with the same lineage make the same dataset.</summary>
    /// <exception cref="EngineException">INVALID_ARGUMENT, ALREADY_EXISTS, DISK_FULL.</exception>
    public async Task<DatasetRecord> RegisterAsync(NewDataset dataset, CancellationToken cancellationToken)
    {
        var name = ModelName.Parse(dataset.Name).ToString();
        using var held = new LeaseGroup(Leases, "a dataset");
        var config = Put(JsonSerializer.SerializeToUtf8Bytes(new DatasetConfig(dataset.Statistics, dataset.Lineage), DatasetsJson.Default.DatasetConfig), held);
        var manifest = DatasetManifest.Of(dataset, config, Content.SizeOf(config));
        foreach (var file in dataset.Files)
        {
            held.Add(file.Digest);
        }

        var digest = Put(manifest.ToJson(), held);
        var record = new DatasetRecord
        {
            Name = name,
            Digest = digest,
            Size = manifest.Layers.Sum(static layer => layer.Size),
            Samples = dataset.Statistics.Samples,
            Created = time.GetUtcNow(),
            Source = dataset.Source,
            Labels = dataset.Labels,
        };
        return await database.WriteAsync(
            (connection, transaction) =>
            {
                CheckFree(DatasetTable.ByName(connection, name), digest, dataset.Replace);
                DatasetTable.Insert(connection, transaction, record, manifest.Blobs);
                DatasetTable.SetName(connection, transaction, record);
                return record;
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Before the work rather than after it.</summary>
    /// <exception cref="EngineException">INVALID_ARGUMENT, ALREADY_EXISTS.</exception>
    public async Task RequireFreeAsync(string name, bool replace, CancellationToken cancellationToken)
    {
        var parsed = ModelName.Parse(name).ToString();
        var holder = await database.ReadAsync(connection => DatasetTable.ByName(connection, parsed), cancellationToken).ConfigureAwait(false);
        CheckFree(holder, default, replace);
    }

    /// <summary>Every name, newest first, and the datasets without one.</summary>
    public Task<List<DatasetRecord>> ListAsync(CancellationToken cancellationToken) => database.ReadAsync(DatasetTable.All, cancellationToken);

    public Task<List<string>> NamesAsync(Digest digest, CancellationToken cancellationToken) => database.ReadAsync(connection => DatasetTable.NamesOf(connection, digest), cancellationToken);

    /// <summary>One dataset by name, digest or unique prefix of its digest.</summary>
    /// <exception cref="EngineException">NOT_FOUND, AMBIGUOUS, INVALID_ARGUMENT.</exception>
    public Task<DatasetRecord> FindAsync(string reference, CancellationToken cancellationToken) =>
        database.ReadAsync(
            connection =>
            {
                if (ModelName.TryParse(reference, out var name) && DatasetTable.ByName(connection, name.ToString()) is { } named)
                {
                    return named;
                }

                var matches = PrefixOf(reference) is { } prefix ? DatasetTable.ByDigestPrefix(connection, prefix) : [];
                var digests = matches.Select(static match => match.Digest).Distinct().ToArray();
                return digests.Length switch
                {
                    0 => throw NotFound(reference),
                    1 => matches[0],
                    _ => throw new EngineException(ErrorKind.Ambiguous, $"{reference} fits {digests.Length} datasets: {string.Join(", ", digests.Take(5).Select(static digest => digest.Short))}{(digests.Length > 5 ? ", ..." : "")}", "give more of the id"),
                };
            },
            cancellationToken);

    /// <summary>Finds a dataset and keeps its files until the result is disposed.</summary>
    public async Task<ResolvedDataset> ResolveAsync(string reference, string leaseOwner, CancellationToken cancellationToken)
    {
        var record = await FindAsync(reference, cancellationToken).ConfigureAwait(false);
        var lease = new LeaseGroup(Leases, leaseOwner);
        try
        {
            lease.Add(record.Digest);
            var manifestBytes = models.ReadManifestBytes(record.Digest);
            var manifest = Manifest.Parse(manifestBytes);
            foreach (var blob in manifest.Blobs)
            {
                lease.Add(blob);
                if (!Content.Contains(blob))
                {
                    throw new EngineException(ErrorKind.Corrupt, $"{reference}: the blob {blob.Short} is missing from the store", "import or generate the dataset again");
                }
            }

            var config = JsonSerializer.Deserialize(await File.ReadAllBytesAsync(Content.BlobPath(Digest.Parse(manifest.Config.Digest)), cancellationToken).ConfigureAwait(false), DatasetsJson.Default.DatasetConfig)!;
            return new ResolvedDataset(record, config, DatasetManifest.FilesOf(manifest), manifestBytes, lease, Content);
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }

    /// <summary>Removes a name, or with an id every name; a dataset without a name goes, and its blobs that nothing else needs.</summary>
    /// <exception cref="EngineException">NOT_FOUND, AMBIGUOUS, IN_USE.</exception>
    public async Task<Removal> RemoveAsync(string reference, bool force, CancellationToken cancellationToken)
    {
        var dataset = await FindAsync(reference, cancellationToken).ConfigureAwait(false);
        var byName = ModelName.TryParse(reference, out var name) && name.ToString() == dataset.Name;
        var (untagged, blobs) = await database.WriteAsync(
            (connection, transaction) =>
            {
                var names = DatasetTable.NamesOf(connection, dataset.Digest);
                if (!byName && names.Count > 1 && !force)
                {
                    throw new EngineException(ErrorKind.InUse, $"{reference} has {names.Count} names: {string.Join(", ", names)}", "remove them by name, or all with --force");
                }

                if (byName && names.Count > 1)
                {
                    DatasetTable.DeleteName(connection, transaction, dataset.Name);
                    return (Names: [dataset.Name], Blobs: (List<Digest>?)null);
                }

                if (!force && Leases.IsLeased(dataset.Digest))
                {
                    throw new EngineException(ErrorKind.InUse, $"{reference} is in use ({string.Join(", ", Leases.Owners(dataset.Digest))})", "wait for it to end, or use --force");
                }

                var gone = DatasetTable.BlobsOf(connection, dataset.Digest);
                DatasetTable.Delete(connection, transaction, dataset.Digest);
                return (Names: names, Blobs: (List<Digest>?)gone);
            },
            cancellationToken).ConfigureAwait(false);
        var reclaimed = blobs is null ? 0 : await models.DropAsync([.. blobs, dataset.Digest], cancellationToken).ConfigureAwait(false);
        return new Removal(untagged, blobs is null ? [] : [dataset.Digest], reclaimed);
    }

    private static EngineException NotFound(string reference)
    {
        if (PrefixOf(reference) is null)
        {
            ModelName.Parse(reference); // says what is wrong with a name that cannot be one
        }

        return new EngineException(ErrorKind.NotFound, $"no dataset {reference}", "'ilab data ls' shows what is there");
    }

    private static string? PrefixOf(string reference)
    {
        var hex = reference.StartsWith("sha256:", StringComparison.Ordinal) ? reference[7..] : reference;
        return hex.Length is >= ShortestPrefix and <= 64 && hex.All(char.IsAsciiHexDigitLower) ? "sha256:" + hex : null;
    }

    private static void CheckFree(DatasetRecord? holder, Digest digest, bool replace)
    {
        if (holder is not null && holder.Digest != digest && !replace)
        {
            throw new EngineException(ErrorKind.AlreadyExists, $"{holder.Name} is the name of another dataset ({holder.Digest.Short})", "choose another name, or replace it with --replace");
        }
    }

    private Digest Put(byte[] bytes, LeaseGroup held)
    {
        held.Add(Digest.Of(SHA256.HashData(bytes))); // first: it may be there already, and about to be removed
        return Content.Put(bytes);
    }
}
