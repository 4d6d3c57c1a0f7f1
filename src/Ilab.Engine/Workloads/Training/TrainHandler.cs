using System.Text.Json;
using Ilab.Engine.Errors;
using Ilab.Engine.Events;
using Ilab.Engine.Jobs;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Store.Content;
using Ilab.Engine.Workloads.Execution;
using Ilab.Posix.Files;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.Training;

namespace Ilab.Engine.Workloads.Training;

/// <summary>Jobs of kind <c>train</c>: train a model from a base model and records.</summary>
public sealed class TrainHandler(TrainingStore store, WorkRunner work, EventBus events, TimeProvider time) : IJobHandler
{
    public const string JobKind = RunnerKinds.Train;
    private const string Data = "data",
        Start = "start";
    private const int MostCrashes = 3;

    public string Kind => JobKind;

    public static string ToJson(TrainRequest request) => JsonSerializer.Serialize(request, TrainRequestJson.Default.TrainRequest);

    public void Validate(string request)
    {
        string[] problems = [.. JsonSerializer.Deserialize(request, TrainRequestJson.Default.TrainRequest)!.Options.Problems()];
        if (problems.Length > 0)
        {
            throw new EngineException(ErrorKind.InvalidArgument, string.Join("; ", problems));
        }
    }

    public async Task<string> RunAsync(JobContext context, CancellationToken cancellationToken)
    {
        var request = JsonSerializer.Deserialize(context.Job.Request, TrainRequestJson.Default.TrainRequest)!;
        var inputs = Path.Combine(context.Folder, "train");
        Directory.CreateDirectory(inputs);
        using var model = await store.Catalog.ResolveAsync(request.Base, $"job {context.Job.Id[..12]}", cancellationToken).ConfigureAwait(false);
        if (model.AdapterFiles.Count > 0)
        {
            throw new EngineException(
                ErrorKind.Unsupported,
                $"{request.BaseName} is a model with an adapter, which cannot be trained further",
                "train its base model on the combined records"
            );
        }

        var start = request.FromJob.Length > 0 ? await TakeCheckpointAsync(request.FromJob, inputs, cancellationToken).ConfigureAwait(false) : null;
        var data = await store.TakeDataAsync(Digest.Parse(request.Data), inputs, cancellationToken).ConfigureAwait(false);
        foreach (var choice in context.Job.Attempts <= 1 ? request.Choices : [])
        {
            context.Log("info", $"auto: {choice}");
        }

        var order = Order(context, request, model, data, start);
        await TrainAsync(context, order, cancellationToken).ConfigureAwait(false);
        var result = await work.Executor.CollectAsync(order.Id, ResultOf(request), cancellationToken).ConfigureAwait(false);
        await using var opened = result.ConfigureAwait(false);
        var record = await store.RegisterAsync(context.Job, request, model, result, cancellationToken).ConfigureAwait(false);
        events.Publish("model", "train", record.Digest.ToString(), record.Name, ("base", request.BaseName), ("job", context.Job.Id));
        return record.Name;
    }

    /// <summary>Ends the work of a job that is not wanted any more. Its checkpoints stay as long as the job: another one may begin with them.</summary>
    public Task DiscardAsync(JobContext context, CancellationToken cancellationToken)
    {
        store.Discard(context.Job.Id);
        return work.Executor.CancelAsync(IdOf(context.Job.Id), cancellationToken);
    }

    private static string IdOf(string job) => WorkIds.Of(job, JobKind);

    private static string ResultOf(TrainRequest request) => request.Options.MakesWeights ? TrainingFiles.Model : TrainingFiles.Adapter;

    private static WorkOrder Order(JobContext context, TrainRequest request, ResolvedModel model, string data, string? start)
    {
        WorkInput[] weights = [.. model.WeightFiles.Select(static (file, index) => WorkInput.Of($"weights-{index + 1}", file))];
        WorkInput[] first = start is null ? [] : [WorkInput.Of(Start, start)];
        var spec = new RunnerSpec
        {
            Kind = JobKind,
            Id = context.Job.Id[..12],
            Device = request.Options.Device,
            Model = new SpecModel
            {
                Digest = request.Base,
                Name = request.BaseName,
                Files = [.. weights.Select(static part => part.Name)],
            },
            Training = request.Options with { Data = Data, DataName = request.DataName, Start = start is null ? null : Start },
        };
        return new WorkOrder
        {
            Id = IdOf(context.Job.Id),
            Kind = JobKind,
            Parameters = JsonSerializer.Serialize(spec, BundleJson.Default.RunnerSpec),
            Inputs = [.. weights, WorkInput.Of(Data, data), .. first],
            Outputs = [ResultOf(request), TrainingFiles.Checkpoints],
            Restarts = MostCrashes,
            Memory = new WorkMemory(request.Options.Device, TrainingFormula.Least(model.Summary, request.Options)),
        };
    }

    /// <summary>A copy owned by this job: it remains when the other job is removed.</summary>
    private async Task<string> TakeCheckpointAsync(string from, string folder, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, TrainingFiles.Start);
        if (File.Exists(path))
        {
            return path;
        }

        Stream checkpoint;
        try
        {
            checkpoint = await work.Executor.CollectAsync(IdOf(from), TrainingFiles.Checkpoints, cancellationToken).ConfigureAwait(false);
        }
        catch (EngineException exception) when (exception.Kind == ErrorKind.NotFound)
        {
            throw new EngineException(
                ErrorKind.NotFound,
                $"job {from[..12]} has no checkpoint",
                "only training jobs have checkpoints, after the first --checkpoint-interval steps",
                exception
            );
        }

        await using var opened = checkpoint.ConfigureAwait(false);
        await SharedFile.WriteAsync(checkpoint, path, cancellationToken).ConfigureAwait(false);
        return path;
    }

    private async Task TrainAsync(JobContext context, WorkOrder order, CancellationToken cancellationToken)
    {
        var (projection, begun) = (new EventProjection(context, time), time.GetUtcNow());
        try
        {
            // Events reported by an earlier attempt are not repeated.
            await work.RunAsync(
                    order,
                    isResumed: false,
                    entry => Tell(context, projection, entry, isNew: context.Job.Attempts <= 1 || entry.Time >= begun),
                    cancellationToken
                )
                .ConfigureAwait(false);
        }
        catch (EngineException exception) when (exception.Kind == ErrorKind.RunnerLost)
        {
            throw new EngineException(
                ErrorKind.RunnerLost,
                $"the training process ended unexpectedly {MostCrashes + 1} times: {exception.Hint}",
                "the system may be low on memory; use a smaller batch size or shorter sequences",
                exception
            );
        }
    }

    private static void Tell(JobContext context, EventProjection projection, WorkEvent entry, bool isNew)
    {
        if (!isNew)
        {
            return;
        }

        switch (entry.Kind)
        {
            case WorkEventKind.Report:
                projection.Tell(entry.Data!);
                break;
            case WorkEventKind.Note:
                context.Log("info", entry.Text!);
                break;
            case WorkEventKind.Warning:
                context.Log("warning", entry.Text!);
                break;
            case WorkEventKind.Restarted:
                context.Log("warning", "the training process ended unexpectedly; restarting from the last checkpoint");
                break;
        }
    }
}
