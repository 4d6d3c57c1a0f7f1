using System.Text.Json;
using Ilab.Engine.Errors;
using Ilab.Engine.Events;
using Ilab.Engine.Jobs;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Store.Content;
using Ilab.Gguf.Conversion;
using Ilab.Gguf.Conversion.Adapters;
using Ilab.Gguf.Conversion.HuggingFace;

namespace Ilab.Engine.Workloads.Conversion;

/// <summary>
/// Jobs of kind <c>convert</c>: import a model of another format, or export a model in the store to a Hugging Face directory. Implemented in managed code that
/// streams the weights; starts over after an interruption.
/// </summary>
public sealed class ConvertHandler(ContentStore content, ModelCatalog catalog, LeaseTable leases, ICallerFiles files, EventBus events, TimeProvider time)
    : IJobHandler
{
    public const string JobKind = "convert";
    private const long TellEvery = 16 << 20;

    private readonly SourceReader _sources = new(files, catalog);

    public string Kind => JobKind;

    public static string ToJson(ConvertRequest request) => JsonSerializer.Serialize(request, ConversionJson.Default.ConvertRequest);

    public Task<string> RunAsync(JobContext context, CancellationToken cancellationToken)
    {
        var request = JsonSerializer.Deserialize(context.Job.Request, ConversionJson.Default.ConvertRequest)!;
        // Off the caller's thread: long CPU-bound loops.
        return Task.Run(
            () =>
                request.To == ConvertRequest.ToSafetensors
                    ? ExportAsync(context, request, cancellationToken)
                    : ImportAsync(context, request, cancellationToken),
            cancellationToken
        );
    }

    public Task DiscardAsync(JobContext context, CancellationToken cancellationToken)
    {
        content.DeleteIngest(KeyOf(context));
        return Task.CompletedTask;
    }

    private static string KeyOf(JobContext context) => $"convert-{context.Job.Id}";

    private async Task<string> ImportAsync(JobContext context, ConvertRequest request, CancellationToken cancellationToken)
    {
        using var conversion = await _sources.PrepareAsync(request, context.Job.Uid, cancellationToken).ConfigureAwait(false);
        foreach (var warning in conversion.Warnings)
        {
            context.Log("warning", $"Warning: {warning}");
        }

        content.RequireSpace(conversion.Bytes);
        await using var ingest = await content.OpenIngestAsync(KeyOf(context), cancellationToken).ConfigureAwait(false);
        ingest.Reset();
        await using var stream = new IngestStream(ingest);
        SourceReader.Checked(() =>
        {
            conversion.Write(stream, Meter(context, conversion.Name, conversion.Bytes), cancellationToken);
            return 0;
        });
        using var held = leases.Acquire(ingest.Digest, "convert");
        context.Progress(new Transfer(conversion.Name, "committing", conversion.Bytes, conversion.Bytes, 0));
        var blob = await ingest.CommitAsync(null, null, cancellationToken).ConfigureAwait(false);
        // An adapter is imported as a model together with its base, like the result of a training.
        using var reference = request.Base is { } named ? await catalog.ResolveAsync(named, "convert", cancellationToken).ConfigureAwait(false) : null;
        var model = await catalog
            .RegisterAsync(
                new NewModel
                {
                    Weights = reference is null ? [blob] : [.. catalog.ReadManifest(reference.Digest).Weights],
                    Adapters = reference is null ? [] : [blob],
                    Name = request.Name,
                    Source = $"convert:{request.Path}",
                    FileName = conversion.Name + ".gguf",
                    Labels = request.Labels,
                    Replace = request.Replace,
                },
                cancellationToken
            )
            .ConfigureAwait(false);
        events.Publish("model", "convert", model.Digest.ToString(), model.Name, ("source", model.Source));
        return model.Name;
    }

    private async Task<string> ExportAsync(JobContext context, ConvertRequest request, CancellationToken cancellationToken)
    {
        using var model = await catalog.ResolveAsync(request.Model!, "convert", cancellationToken).ConfigureAwait(false);
        if (model.WeightFiles.Count > 1)
        {
            throw new EngineException(
                ErrorKind.Unsupported,
                $"{model.Name} is split into {model.WeightFiles.Count} files",
                "join them first with 'ilab model quantize MODEL --type F16'"
            );
        }

        var output = request.Output!;
        if (Directory.Exists(output) && Directory.EnumerateFileSystemEntries(output).Any() && !request.Replace)
        {
            throw new EngineException(ErrorKind.AlreadyExists, $"{output} is not empty", "choose another directory, or use --replace");
        }

        var (adapter, shape) = await AdapterOfAsync(model, request.Base, cancellationToken).ConfigureAwait(false);
        Directory.CreateDirectory(output);
        SourceReader.Checked(() =>
        {
            var meter = Meter(context, Path.GetFileName(output), model.Record.Size);
            if (adapter is not null)
            {
                PeftExporter.Write(adapter, shape, output, cancellationToken);
            }
            else
            {
                HuggingFaceExporter.Write(model.WeightFiles[0], output, request.Type, meter, cancellationToken);
            }

            return 0;
        });
        return output;
    }

    /// <summary>The adapter to export, and the shape of its base model; nulls for a complete model.</summary>
    private async Task<(string? Adapter, ModelShape? Shape)> AdapterOfAsync(ResolvedModel model, string? reference, CancellationToken cancellationToken) =>
        model.AdapterFiles switch
        {
            [] when PeftExporter.Fits(model.WeightFiles[0]) => (
                model.WeightFiles[0],
                reference is null ? null : await ShapeOfAsync(reference, cancellationToken).ConfigureAwait(false)
            ),
            [] => (null, null),
            [var adapter] => (adapter, await ShapeOfAsync(reference ?? model.Digest.ToString(), cancellationToken).ConfigureAwait(false)),
            _ => throw new EngineException(ErrorKind.Unsupported, $"{model.Name} has {model.AdapterFiles.Count} adapters; only one can be converted at a time"),
        };

    private async Task<ModelShape> ShapeOfAsync(string reference, CancellationToken cancellationToken)
    {
        using var model = await catalog.ResolveAsync(reference, "convert", cancellationToken).ConfigureAwait(false);
        return SourceReader.Checked(() => ShapeMetadata.Read(GgufSummary.ReadHeader(model.WeightFiles[0])));
    }

    /// <summary>Reports progress at intervals.</summary>
    private Action<long> Meter(JobContext context, string item, long total)
    {
        var begun = time.GetTimestamp();
        long told = 0;
        return written =>
        {
            if (written - told < TellEvery)
            {
                return;
            }

            told = written;
            var seconds = time.GetElapsedTime(begun).TotalSeconds;
            context.Progress(new Transfer(item, "converting", Math.Min(written, total), total, seconds > 0 ? written / seconds : 0));
        };
    }
}
