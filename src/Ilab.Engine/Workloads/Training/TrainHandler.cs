using System.Text.Json;
using Ilab.Engine.Errors;
using Ilab.Engine.Events;
using Ilab.Engine.Hosting;
using Ilab.Engine.Jobs;
using Ilab.Engine.Serving.Runners;
using Ilab.Engine.Serving.Scheduling;
using Ilab.Engine.Store.Content;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.Training;

namespace Ilab.Engine.Workloads.Training;

/// <summary>Jobs of kind <c>train</c>: a base and records become a model, which is the base with an adapter.</summary>
public sealed class TrainHandler(TrainingStore store, IRunnerLauncher launcher, EngineOptions options, Scheduler scheduler, EventBus events, TimeProvider time) : IJobHandler
{
    public const string JobKind = "train";
    private const int MostCrashes = 3;
    private readonly SemaphoreSlim _planning = new(1);

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
        var output = Path.Combine(context.Folder, "train");
        Directory.CreateDirectory(output);
        using var model = await store.Catalog.ResolveAsync(request.Base, $"job {context.Job.Id[..12]}", cancellationToken).ConfigureAwait(false);
        if (model.AdapterFiles.Count > 0)
        {
            throw new EngineException(ErrorKind.Unsupported, $"{request.BaseName} is a base with an adapter, which cannot be trained on", "train its base, with the records of both");
        }

        var start = request.FromJob.Length > 0 ? TakeCheckpoint(context, request.FromJob, output) : null;
        var data = await store.TakeDataAsync(Digest.Parse(request.Data), output, cancellationToken).ConfigureAwait(false);
        var spec = new RunnerSpec
        {
            Kind = JobKind,
            Id = context.Job.Id[..12],
            Model = new SpecModel { Digest = request.Base, Name = request.BaseName, Files = model.WeightFiles },
            Threads = options.Threads > 0 ? options.Threads : Environment.ProcessorCount,
            Accelerator = scheduler.Accelerator.SpecFor(0),
            NativeDirectory = options.NativeDirectory,
            Turns = options.TurnsDirectory,
            Training = request.Options with { Data = data, DataName = request.DataName, Output = output, Start = start, AwaitsMemory = true },
        };
        var memory = new TrainingMemory(scheduler, context, output, _planning);
        await using var held = memory.ConfigureAwait(false);
        await memory.BeginAsync(model.Summary, request.Options, Runner(context).IsRunning, cancellationToken).ConfigureAwait(false);
        var finished = await TrainAsync(context, spec, memory, output, cancellationToken).ConfigureAwait(false);
        var record = await store.RegisterAsync(context.Job, request, model, Path.Combine(output, finished.File!), cancellationToken).ConfigureAwait(false);
        events.Publish("model", "train", record.Digest.ToString(), record.Name, ("base", request.BaseName), ("job", context.Job.Id));
        return record.Name;
    }

    /// <summary>Ends the runner of a job that is not wanted any more.</summary>
    public Task DiscardAsync(JobContext context, CancellationToken cancellationToken) => Runner(context).StopAsync(cancellationToken);

    /// <summary>The job's own copy: it stays when the other job is removed.</summary>
    private static string TakeCheckpoint(JobContext context, string from, string output)
    {
        var path = Path.Combine(output, TrainingFiles.Start);
        if (File.Exists(path))
        {
            return path;
        }

        var folder = Path.Combine(Path.GetDirectoryName(context.Folder)!, from, "train", TrainingFiles.Checkpoints);
        var last = Directory.Exists(folder) ? Directory.GetFiles(folder, "step-*.gguf").Order(StringComparer.Ordinal).LastOrDefault() : null;
        if (last is null)
        {
            throw new EngineException(ErrorKind.NotFound, $"job {from[..12]} has no checkpoint", "only trainings have some, after their first --checkpoint-interval steps");
        }

        File.Copy(last, path + ".tmp", overwrite: true);
        File.Move(path + ".tmp", path);
        return path;
    }

    private TrainingRunner Runner(JobContext context) => new(launcher, Path.Combine(context.Folder, "runner"), time);

    private async Task<TrainingEvent> TrainAsync(JobContext context, RunnerSpec spec, TrainingMemory memory, string output, CancellationToken cancellationToken)
    {
        var runner = Runner(context);
        var projection = new EventProjection(Path.Combine(output, TrainingFiles.Events), context, time);
        for (var crashes = 0; ;)
        {
            var exit = await runner.RunAsync(spec, Advance, cancellationToken).ConfigureAwait(false);
            if (exit is { Code: 0 } && projection.Finished is { } finished)
            {
                return finished;
            }

            if (exit is { ErrorKind.Length: > 0 })
            {
                throw new EngineException(ErrorKindNames.Parse(exit.ErrorKind) ?? ErrorKind.Internal, exit.Message, "");
            }

            if (++crashes > MostCrashes)
            {
                throw new EngineException(ErrorKind.RunnerLost, $"the process that trains ended unexpectedly {crashes} times: {string.Join(" | ", runner.LogTail())}", "the system may have too little memory: a smaller batch or shorter sequences need less");
            }

            context.Log("warning", "the process that trains ended before its time; another goes on from the last checkpoint");
        }

        void Advance()
        {
            memory.Advance();
            projection.Advance();
        }
    }
}
