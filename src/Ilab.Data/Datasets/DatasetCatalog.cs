using System.Text.Json;
using Ilab.Engine.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Store.Content;
using Ilab.Engine.Store.State;

namespace Ilab.Data.Datasets;

/// <summary>
/// The datasets in the store: registration, naming, resolution, removal. Names follow the same rules as model names but have a namespace of their own.
/// </summary>
public sealed class DatasetCatalog(ContentStore content, Database database, LeaseTable leases, BlobCollector collector, TimeProvider time)
    : ReferenceCatalog<DatasetRecord>(DatasetTable.Catalog, content, database, leases, collector, time)
{
    /// <summary>For garbage collection.</summary>
    public static IBlobOwner Owner => DatasetTable.Catalog;

    /// <summary>Registers a dataset; the same files with the same lineage give the same dataset.</summary>
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
            Uid = dataset.Caller.Uid,
            Size = manifest.Layers.Sum(static layer => layer.Size),
            Samples = dataset.Statistics.Samples,
            Created = Time.GetUtcNow(),
            Source = dataset.Source,
            Labels = dataset.Labels,
        };
        return await AddAsync(
                dataset.Caller,
                record,
                manifest.Blobs,
                dataset.Replace,
                (connection, transaction) => DatasetTable.Insert(connection, transaction, record),
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    /// <summary>Resolves a dataset and leases its files until the result is disposed.</summary>
    public Task<ResolvedDataset> ResolveAsync(string reference, string leaseOwner, CancellationToken cancellationToken) =>
        ResolveAsync(Caller.Service, reference, leaseOwner, cancellationToken);

    /// <summary>As above, on behalf of a caller.</summary>
    /// <exception cref="EngineException">Also PERMISSION_DENIED: it is someone else's, and not shared.</exception>
    public async Task<ResolvedDataset> ResolveAsync(Caller caller, string reference, string leaseOwner, CancellationToken cancellationToken)
    {
        var record = await FindAsync(caller, reference, cancellationToken).ConfigureAwait(false);
        var lease = new LeaseGroup(Leases, leaseOwner);
        try
        {
            lease.Add(record.Digest);
            var manifestBytes = ReadManifestBytes(record.Digest);
            var manifest = Manifest.Parse(manifestBytes);
            foreach (var blob in manifest.Blobs)
            {
                lease.Add(blob);
                if (!Content.Contains(blob))
                {
                    throw new EngineException(
                        ErrorKind.Corrupt,
                        $"{reference}: the blob {blob.Short} is missing from the store",
                        "import or generate the dataset again"
                    );
                }
            }

            var config = JsonSerializer.Deserialize(
                await File.ReadAllBytesAsync(Content.BlobPath(Digest.Parse(manifest.Config.Digest)), cancellationToken).ConfigureAwait(false),
                DatasetsJson.Default.DatasetConfig
            )!;
            return new ResolvedDataset(record, config, DatasetManifest.FilesOf(manifest), manifestBytes, lease, Content);
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }

    protected override bool IsShared(Caller caller) => caller.SeesDatasets;
}
