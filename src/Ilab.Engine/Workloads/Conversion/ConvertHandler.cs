using System.Text;
using System.Text.Json;
using Ilab.Engine.Errors;
using Ilab.Engine.Events;
using Ilab.Engine.Jobs;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Store.Content;
using Ilab.Engine.Workloads.Execution;
using Ilab.Posix.Files;
using Ilab.Runner.Contract.Bundles;

namespace Ilab.Engine.Workloads.Conversion;

/// <summary>
/// Jobs of kind <c>convert</c>: a model of another format into the store, or a model of the store into a Hugging Face folder. The service reads headers, to say
/// at once what is wrong; the weights are read and written by work of an executor. Work that outlived the service is followed, not repeated.
/// </summary>
public sealed class ConvertHandler(
    ContentStore content,
    ModelCatalog catalog,
    LeaseTable leases,
    ICallerFiles files,
    WorkRunner work,
    EventBus events,
    TimeProvider time
) : IJobHandler
{
    public const string JobKind = RunnerKinds.Convert;
    private readonly ConversionStore _store = new(content, catalog, leases, events);

    public string Kind => JobKind;

    public static string ToJson(ConvertRequest request) => JsonSerializer.Serialize(request, ConversionJson.Default.ConvertRequest);

    public async Task<string> RunAsync(JobContext context, CancellationToken cancellationToken)
    {
        var request = JsonSerializer.Deserialize(context.Job.Request, ConversionJson.Default.ConvertRequest)!;
        if (!File.Exists(NoteOf(context)))
        {
            var result = await ConvertAsync(context, request, cancellationToken).ConfigureAwait(false);
            AtomicFile.Write(NoteOf(context), Encoding.UTF8.GetBytes(result));
        }

        await RemoveAsync(context, cancellationToken).ConfigureAwait(false);
        return await File.ReadAllTextAsync(NoteOf(context), cancellationToken).ConfigureAwait(false);
    }

    public async Task DiscardAsync(JobContext context, CancellationToken cancellationToken)
    {
        await work.Executor.CancelAsync(IdOf(context), cancellationToken).ConfigureAwait(false);
        await RemoveAsync(context, cancellationToken).ConfigureAwait(false);
    }

    private static string IdOf(JobContext context) => WorkIds.Of(context.Job.Id, JobKind);

    /// <summary>Written once the outputs are where they belong: they may be removed then.</summary>
    private static string NoteOf(JobContext context) => Path.Combine(context.Folder, "converted");

    private async Task<string> ConvertAsync(JobContext context, ConvertRequest request, CancellationToken cancellationToken)
    {
        using var conversion = await OpenAsync(context, request, cancellationToken).ConfigureAwait(false);
        var id = IdOf(context);
        try
        {
            await work.RunAsync(id, _ => Task.FromResult(conversion.Prepare(id)), context.Job.Attempts > 1, Meter(context, conversion.Item), cancellationToken)
                .ConfigureAwait(false);
            return await conversion.FinishAsync(id, cancellationToken).ConfigureAwait(false);
        }
        catch (EngineException)
        {
            // Half an output is as large as the disk allows, and of no use.
            await DiscardAsync(context, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<IConversion> OpenAsync(JobContext context, ConvertRequest request, CancellationToken cancellationToken)
    {
        var reference = request.Base is { } named ? await _store.ResolveAsync(named, cancellationToken).ConfigureAwait(false) : null;
        try
        {
            if (request.To != ConvertRequest.ToSafetensors)
            {
                return new ConversionToGguf(_store, context, request, reference, files, work.Executor);
            }

            var model = await _store.ResolveAsync(request.Model!, cancellationToken).ConfigureAwait(false);
            return new ConversionToFolder(_store, context, request, model, reference, work.Executor);
        }
        catch
        {
            reference?.Dispose();
            throw;
        }
    }

    private async Task RemoveAsync(JobContext context, CancellationToken cancellationToken)
    {
        await work.Executor.RemoveAsync(IdOf(context), cancellationToken).ConfigureAwait(false);
        new TaskInputs(context.Folder, files, context.Job.Uid).RemoveTaken();
        _store.Discard(context.Job);
    }

    private Action<WorkEvent> Meter(JobContext context, string item)
    {
        var (begun, first) = (time.GetTimestamp(), -1L);
        return entry =>
        {
            if (entry.Kind == WorkEventKind.Progress)
            {
                first = first < 0 ? entry.Done : first;
                var seconds = time.GetElapsedTime(begun).TotalSeconds;
                context.Progress(new Transfer(item, "converting", entry.Done, entry.Total, seconds > 0 ? (entry.Done - first) / seconds : 0));
            }
        };
    }
}
