using Ilab.Engine.Events;
using Ilab.Engine.Jobs;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Store.Content;
using Ilab.Runner.Contract.Tasks;

namespace Ilab.Engine.Workloads.Conversion;

/// <summary>What goes from a conversion into the store.</summary>
internal sealed class ConversionStore(ContentStore content, ModelCatalog catalog, LeaseTable leases, EventBus events)
{
    private const string Owner = "convert";

    public ContentStore Content { get; } = content;

    public Task<ResolvedModel> ResolveAsync(string reference, CancellationToken cancellationToken) => catalog.ResolveAsync(reference, Owner, cancellationToken);

    /// <summary>The GGUF becomes a model; an adapter is one together with its base, as one that was trained here is.</summary>
    public async Task<ModelRecord> RegisterAsync(
        JobRecord job,
        ConvertRequest request,
        ResolvedModel? reference,
        (Stream Stream, WrittenFile? Written) gguf,
        CancellationToken cancellationToken
    )
    {
        using var held = new LeaseGroup(leases, Owner);
        (Digest, long)? written = gguf.Written is { } known && Digest.TryParse($"sha256:{known.Sha256}", out var digest) ? (digest, known.Bytes) : null;
        var blob = await Content.TakeAsync(KeyOf(job), gguf.Stream, held, written, cancellationToken).ConfigureAwait(false);
        var title = GgufSummary.ReadHeader(Content.BlobPath(blob)).GetString("general.name");
        var model = await catalog
            .RegisterAsync(
                new NewModel
                {
                    Weights = reference is null ? [blob] : [.. catalog.ReadManifest(reference.Digest).Weights],
                    Adapters = reference is null ? [] : [blob],
                    Name = request.Name,
                    Anonymous = request.Anonymous,
                    Source = $"convert:{request.Path}",
                    FileName = title + ".gguf",
                    Labels = request.Labels,
                    Replace = request.Replace,
                    Settings = reference?.Settings,
                    License = reference is null ? null : catalog.LicenseOf(catalog.ReadManifest(reference.Digest)),
                    Caller = job.Caller,
                },
                cancellationToken
            )
            .ConfigureAwait(false);
        events.Publish("model", "convert", model.Digest.ToString(), model.Name, ("source", model.Source));
        return model;
    }

    /// <summary>Drops what an interrupted attempt left.</summary>
    public void Discard(JobRecord job)
    {
        Content.DeleteIngest(KeyOf(job));
        Content.DeleteIngest($"convert-{job.Id}"); // of versions that converted in the service itself
    }

    private static string KeyOf(JobRecord job) => $"converted-{job.Id}";
}
