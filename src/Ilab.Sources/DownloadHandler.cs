using System.Text.Json;
using Ilab.Engine.Events;
using Ilab.Engine.Jobs;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Store.Content;
using Ilab.Posix.Files;

namespace Ilab.Sources;

/// <summary>Jobs of kind <c>download</c>: download a model from a source into the store.</summary>
public sealed class DownloadHandler(SourceList sources, Downloader downloader, ModelCatalog catalog, LeaseTable leases, EventBus events, TimeProvider time)
    : IJobHandler
{
    public const string JobKind = "download";
    private const string KeysFile = "files.json";

    public string Kind => JobKind;

    public static string ToJson(DownloadRequest request) => JsonSerializer.Serialize(request, SourcesJson.Default.DownloadRequest);

    public async Task<string> RunAsync(JobContext context, CancellationToken cancellationToken)
    {
        var request = JsonSerializer.Deserialize(context.Job.Request, SourcesJson.Default.DownloadRequest)!;
        request = request with { Token = context.Secrets.Read(request.TokenSecret) };
        var plan = Expecting(await sources.PlanAsync(request, line => context.Log("warning", line), cancellationToken).ConfigureAwait(false), request);
        var name = request.Name ?? plan.SuggestedName;
        await catalog.RequireFreeAsync(context.Job.Caller, name, replace: true, cancellationToken).ConfigureAwait(false); // before the transfer, not after it
        AtomicFile.Write(
            Path.Combine(context.Folder, KeysFile),
            JsonSerializer.SerializeToUtf8Bytes([.. plan.Files.Select(static file => file.Key)], SourcesJson.Default.ListString)
        );
        var total = plan.Files.All(static file => file.Size is not null) ? plan.Files.Sum(static file => file.Size!.Value) : 0;
        var meter = new TransferMeter(context.Progress, time, context.Job.Progress?.Done ?? 0);
        using var held = new LeaseGroup(leases, "download");
        var blobs = new List<Digest>();
        long before = 0;
        foreach (var file in plan.Files)
        {
            meter.Begin(file.FileName, before, total);
            blobs.Add(
                await downloader
                    .FetchAsync(file, $"job {context.Job.Id[..12]}", new Reception(held, meter, line => context.Log("warning", line)), cancellationToken)
                    .ConfigureAwait(false)
            );
            before += file.Size ?? 0;
        }

        meter.Phase("committing", plan.Files[^1].Size ?? 0);
        var model = await catalog
            .RegisterAsync(
                new NewModel
                {
                    Weights = blobs,
                    Name = name,
                    Source = plan.Source,
                    FileName = plan.Files[0].FileName,
                    Labels = request.Labels,
                    Replace = true,
                    Caller = context.Job.Caller,
                },
                cancellationToken
            )
            .ConfigureAwait(false);
        events.Publish("model", "pull", model.Digest.ToString(), model.Name, ("source", plan.Source), EngineEvent.OwnedBy(context.Job.Uid));
        return model.Name;
    }

    /// <summary>Removes partial files that no other job is downloading.</summary>
    public Task DiscardAsync(JobContext context, CancellationToken cancellationToken)
    {
        var path = Path.Combine(context.Folder, KeysFile);
        if (File.Exists(path))
        {
            JsonSerializer.Deserialize(File.ReadAllBytes(path), SourcesJson.Default.ListString)!.ForEach(downloader.Discard);
        }

        return Task.CompletedTask;
    }

    private static SourcePlan Expecting(SourcePlan plan, DownloadRequest request) =>
        request.ExpectedDigest is { Length: > 0 } expected && plan.Files.Count == 1
            ? plan with
            {
                Files = [plan.Files[0] with { Expected = Digest.Parse(expected) }],
            }
            : plan;
}
