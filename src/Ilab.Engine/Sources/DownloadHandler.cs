using System.Text.Json;
using Ilab.Engine.Content;
using Ilab.Engine.Errors;
using Ilab.Engine.Events;
using Ilab.Engine.Jobs;
using Ilab.Engine.Models;

namespace Ilab.Engine.Sources;

/// <summary>Jobs of kind <c>download</c>: a model from a source into the store.</summary>
public sealed class DownloadHandler(SourceList sources, Downloader downloader, ModelCatalog catalog, LeaseTable leases, EventBus events) : IJobHandler
{
    public const string JobKind = "download";

    public string Kind => JobKind;

    public static string ToJson(DownloadRequest request) => JsonSerializer.Serialize(request, JobsJson.Default.DownloadRequest);

    public async Task<string> RunAsync(JobContext context, CancellationToken cancellationToken)
    {
        var request = Parse(context.Job);
        var plan = await sources.PlanAsync(request, cancellationToken).ConfigureAwait(false);
        var total = plan.Files.All(static file => file.Size is not null) ? plan.Files.Sum(static file => file.Size!.Value) : 0;
        var held = new List<IDisposable>();
        try
        {
            var blobs = new List<Digest>();
            long before = 0;
            foreach (var file in Expecting(plan, request))
            {
                var done = before;
                var digest = await downloader.FetchAsync(file, transfer => context.Progress(transfer with { Done = done + transfer.Done, Total = Math.Max(total, plan.Files.Count == 1 ? transfer.Total : total) }), line => context.Log("warning", line), cancellationToken).ConfigureAwait(false);
                held.Add(leases.Acquire(digest, "download"));
                blobs.Add(digest);
                before += file.Size ?? 0;
            }

            context.Progress(new Transfer(plan.Files[0].FileName, "committing", before, before, 0));
            var model = await catalog.RegisterAsync(
                new NewModel { Weights = blobs, Name = request.Name ?? plan.SuggestedName, Source = plan.Source, FileName = plan.Files[0].FileName, Labels = request.Labels, Replace = true },
                cancellationToken).ConfigureAwait(false);
            events.Publish("model", "pull", model.Digest.ToString(), model.Name, ("source", plan.Source));
            return model.Name;
        }
        finally
        {
            held.ForEach(static lease => lease.Dispose());
        }
    }

    public async Task DiscardAsync(JobRecord job, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(5));
        try
        {
            var request = Parse(job);
            var plan = await sources.PlanAsync(request, patience.Token).ConfigureAwait(false);
            Expecting(plan, request).ForEach(downloader.Discard);
        }
        catch (Exception exception) when (exception is EngineException or OperationCanceledException)
        {
            // The source cannot be asked what the files were called: prune finds what is left by its age.
        }
    }

    private static DownloadRequest Parse(JobRecord job) => JsonSerializer.Deserialize(job.Request, JobsJson.Default.DownloadRequest)!;

    private static List<RemoteFile> Expecting(SourcePlan plan, DownloadRequest request) =>
        request.ExpectedDigest is { Length: > 0 } expected && plan.Files.Count == 1 ? [plan.Files[0] with { Expected = Digest.Parse(expected) }] : [.. plan.Files];
}
