using Ilab.Engine.Errors;
using Ilab.Engine.Jobs;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Store.Content;
using Ilab.Runner.Contract.Training;

namespace Ilab.Engine.Workloads.Training;

/// <summary>Transfers the inputs and outputs of a training from and to the store.</summary>
public sealed class TrainingStore(ModelCatalog catalog, ContentStore content, LeaseTable leases)
{
    private const int BufferSize = 1 << 20;

    public ModelCatalog Catalog { get; } = catalog;

    /// <summary>A copy owned by this job: it remains when the store is pruned.</summary>
    internal async Task<string> TakeDataAsync(Digest digest, string folder, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, TrainingFiles.Data);
        if (File.Exists(path))
        {
            return path;
        }

        using var lease = leases.Acquire(digest, "a training");
        if (!content.Contains(digest))
        {
            throw new EngineException(ErrorKind.NotFound, $"the records {digest.Short} are no longer in the store", "start the training again");
        }

        var temporary = path + ".tmp";
        using (var source = File.OpenRead(content.BlobPath(digest)))
        using (var target = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, BufferSize))
        {
            await source.CopyToAsync(target, cancellationToken).ConfigureAwait(false);
            target.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
        return path;
    }

    /// <summary>Registers the trained model, from base and adapter or from full weights, with its lineage.</summary>
    internal async Task<ModelRecord> RegisterAsync(JobRecord job, TrainRequest request, ResolvedModel model, Stream result, CancellationToken cancellationToken)
    {
        using var held = new LeaseGroup(leases, "training");
        var digest = await content.TakeAsync(KeyOf(job.Id), result, held, cancellationToken).ConfigureAwait(false);
        var lineage = new Dictionary<string, string>(request.Labels)
        {
            ["ilab.base"] = request.Base,
            ["ilab.data"] = request.Data,
            ["ilab.job"] = job.Id,
            ["ilab.training"] = request.Options.Type,
            ["ilab.seed"] = request.Options.Seed.ToString(System.Globalization.CultureInfo.InvariantCulture),
        };
        return await Catalog
            .RegisterAsync(
                new NewModel
                {
                    Weights = request.Options.MakesWeights ? [digest] : [.. Catalog.ReadManifest(model.Digest).Weights],
                    Adapters = request.Options.MakesWeights ? [] : [digest],
                    Name = request.Name,
                    Source = $"train:{request.BaseName}",
                    FileName = request.BaseName,
                    Labels = lineage,
                    Replace = request.Replace,
                    Settings = model.Settings,
                    License = Catalog.LicenseOf(Catalog.ReadManifest(model.Digest)),
                    Caller = job.Caller,
                },
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    /// <summary>Drops what an interrupted <see cref="RegisterAsync"/> left.</summary>
    internal void Discard(string job) => content.DeleteIngest(KeyOf(job));

    private static string KeyOf(string job) => $"trained-{job}";
}
