using System.Text;
using Ilab.Engine.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Store.Content;
using Ilab.Engine.Store.State;

namespace Ilab.Engine.Store.Catalog;

/// <summary>The models in the store: registration, naming, resolution, removal.</summary>
public sealed class ModelCatalog(ContentStore content, Database database, LeaseTable leases, LinkTable links, BlobCollector collector, TimeProvider time)
    : ReferenceCatalog<ModelRecord>(ModelTable.Catalog, content, database, leases, collector, time)
{
    /// <summary>For garbage collection.</summary>
    public static IBlobOwner Owner => ModelTable.Catalog;

    /// <summary>Registers a model whose blobs are in the store. The same blobs give the same model.</summary>
    /// <exception cref="EngineException">INVALID_MODEL, INVALID_ARGUMENT, ALREADY_EXISTS, DISK_FULL.</exception>
    public async Task<ModelRecord> RegisterAsync(NewModel model, CancellationToken cancellationToken)
    {
        var summary = GgufSummary.Read([.. model.Weights.Select(Content.BlobPath)], [.. model.Weights.Select((blob, part) => NameOf(model, blob, part))]);
        var name = model.Anonymous ? null : ModelName.Parse(model.Name ?? SuggestName(summary, model.FileName));
        using var held = new LeaseGroup(Leases, "import");
        var (digest, manifest) = WriteManifest(model, summary, held);
        var record = new ModelRecord
        {
            Name = name?.ToString() ?? "",
            Digest = digest,
            Uid = model.Caller.Uid,
            Size = manifest.Layers.Sum(static layer => layer.Size) + manifest.Config.Size,
            Architecture = summary.Architecture,
            Quantization = summary.Quantization,
            Parameters = summary.Parameters,
            ContextLength = summary.ContextLength,
            Created = Time.GetUtcNow(),
            Source = model.Source,
            Labels = model.Labels,
        };
        return await AddAsync(
                model.Caller,
                record,
                manifest.Blobs,
                model.Replace,
                (connection, transaction) => ModelTable.Insert(connection, transaction, record, summary),
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    /// <summary>Display name of a weight file: its original name.</summary>
    private static string NameOf(NewModel model, Digest blob, int part) =>
        model.FileName.Length == 0 ? blob.Short
        : part == 0 ? model.FileName
        : $"part {part + 1} of {model.FileName}";

    /// <summary>Resolves a model and leases its files until the result is disposed; verifies linked files.</summary>
    public Task<ResolvedModel> ResolveAsync(string reference, string leaseOwner, CancellationToken cancellationToken) =>
        ResolveAsync(Caller.Service, reference, leaseOwner, cancellationToken);

    /// <summary>As above, on behalf of a caller.</summary>
    /// <exception cref="EngineException">Also PERMISSION_DENIED: it is someone else's, and not shared.</exception>
    public async Task<ResolvedModel> ResolveAsync(Caller caller, string reference, string leaseOwner, CancellationToken cancellationToken)
    {
        var record = await FindAsync(caller, reference, cancellationToken).ConfigureAwait(false);
        var lease = new LeaseGroup(Leases, leaseOwner);
        try
        {
            // Whatever exists now, under the lease, stays; it may have been removed just before.
            lease.Add(record.Digest);
            var summary =
                await Database.ReadAsync(connection => ModelTable.SummaryOf(connection, record.Digest), cancellationToken).ConfigureAwait(false)
                ?? throw NotFound(reference);
            var files = new List<string>();
            var manifest = ReadManifest(record.Digest);
            var adapters = manifest.Adapters.ToArray();
            foreach (var blob in manifest.Weights.Concat(adapters))
            {
                lease.Add(blob);
                await links.VerifyAsync(blob, record.Name, cancellationToken).ConfigureAwait(false);
                if (!Content.Contains(blob))
                {
                    throw new EngineException(
                        ErrorKind.Corrupt,
                        $"{reference}: the blob {blob.Short} is missing from the store",
                        "import or download the model again"
                    );
                }

                files.Add(Content.BlobPath(blob));
            }

            return new ResolvedModel(record, [.. files.SkipLast(adapters.Length)], summary, lease)
            {
                AdapterFiles = [.. files.TakeLast(adapters.Length)],
                Settings = SettingsOf(manifest),
            };
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }

    /// <summary>Resolves a model only if it can write text.</summary>
    /// <exception cref="EngineException">CANNOT_LOAD: it cannot; NOT_FOUND, AMBIGUOUS.</exception>
    public async Task<ModelRecord> FindGeneratorAsync(Caller caller, string reference, CancellationToken cancellationToken)
    {
        await FindAsync(caller, reference, cancellationToken).ConfigureAwait(false);
        using var model = await ResolveAsync(reference, "a check", cancellationToken).ConfigureAwait(false);
        ModelPurpose.RequireGeneration(reference, model.Summary);
        return model.Record;
    }

    /// <summary>The settings in a manifest, or null.</summary>
    public ModelSettings? SettingsOf(Manifest manifest) =>
        manifest.Find(Manifest.SettingsType) is { } layer
            ? System.Text.Json.JsonSerializer.Deserialize(File.ReadAllBytes(Content.BlobPath(Digest.Parse(layer.Digest))), ModelsJson.Default.ModelSettings)
            : null;

    /// <summary>The license text in a manifest, or null.</summary>
    public string? LicenseOf(Manifest manifest) =>
        manifest.Find(Manifest.LicenseType) is { } layer ? File.ReadAllText(Content.BlobPath(Digest.Parse(layer.Digest))) : null;

    /// <summary>Records that a model was used.</summary>
    public Task TouchAsync(Digest digest, CancellationToken cancellationToken) =>
        Database.WriteAsync((connection, transaction) => ModelTable.Touch(connection, transaction, digest, Time.GetUtcNow()), cancellationToken);

    /// <summary>Sizes for `system df`: all models, models in use, and what a prune would free; in bytes.</summary>
    public async Task<StoreUsage> UsageAsync(CancellationToken cancellationToken)
    {
        var models = await ListAsync(cancellationToken).ConfigureAwait(false);
        var distinct = models.DistinctBy(static model => model.Digest).ToArray();
        var reclaimable = (await PruneAsync(all: true, dryRun: true, before: null, cancellationToken).ConfigureAwait(false)).Reclaimed;
        var blobs = Content.Blobs().ToArray();
        var partial = Content.Ingests();
        var active = distinct.Count(model => Leases.IsLeased(model.Digest));
        var partialSize = partial.Sum(static file => file.Length);
        return new StoreUsage(distinct.Length, active, blobs.Length, blobs.Sum(Content.SizeOf), reclaimable, partial.Count, partialSize);
    }

    protected override bool IsShared(Caller caller) => caller.SeesModels;

    private static string SuggestName(ModelSummary summary, string fileName)
    {
        var stem = Path.GetFileNameWithoutExtension(fileName);
        var split = stem.LastIndexOf("-00001-of-", StringComparison.Ordinal);
        stem = split > 0 ? stem[..split] : stem;
        return ModelName.Derive(stem.Length > 0 ? stem : summary.Title);
    }

    private (Digest Digest, Manifest Manifest) WriteManifest(NewModel model, ModelSummary summary, LeaseGroup held)
    {
        var config = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(summary, ModelsJson.Default.ModelSummary);
        var layers = model
            .Weights.Select(
                (digest, index) =>
                    new ManifestLayer(
                        Manifest.WeightsType,
                        digest.ToString(),
                        Content.SizeOf(digest),
                        new SortedDictionary<string, string>
                        {
                            [Manifest.TitleAnnotation] =
                                model.Weights.Count == 1 ? "model.gguf" : $"model-{index + 1:00000}-of-{model.Weights.Count:00000}.gguf",
                        }
                    )
            )
            .ToList();
        layers.AddRange(
            model.Adapters.Select(
                (digest, index) =>
                    new ManifestLayer(
                        Manifest.AdapterType,
                        digest.ToString(),
                        Content.SizeOf(digest),
                        new SortedDictionary<string, string> { [Manifest.TitleAnnotation] = index == 0 ? "adapter.gguf" : $"adapter-{index + 1}.gguf" }
                    )
            )
        );
        if (model.License is { Length: > 0 } license)
        {
            layers.Add(Text(Manifest.LicenseType, "LICENSE", Encoding.UTF8.GetBytes(license), held));
        }

        if (model.Settings is { IsEmpty: false } settings)
        {
            var json = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(settings, ModelsJson.Default.ModelSettings);
            layers.Add(Text(Manifest.SettingsType, "settings.json", json, held));
        }

        var manifest = new Manifest { Config = new ManifestLayer(Manifest.ConfigType, Put(config, held).ToString(), config.Length), Layers = layers };
        return (Put(manifest.ToJson(), held), manifest);
    }

    private ManifestLayer Text(string mediaType, string title, byte[] bytes, LeaseGroup held) =>
        new(mediaType, Put(bytes, held).ToString(), bytes.Length, new SortedDictionary<string, string> { [Manifest.TitleAnnotation] = title });
}

/// <summary>Contents of the store; sizes in bytes.</summary>
public sealed record StoreUsage(int Models, int Active, int Blobs, long Size, long Reclaimable, int Partial, long PartialSize);
