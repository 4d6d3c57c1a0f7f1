using Ilab.Configuration.Runs;
using Ilab.Daemon.Hosting;
using Ilab.Daemon.Services.Models;
using Ilab.Engine.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Planning;
using Ilab.Engine.Serving.Inference;
using Ilab.Engine.Serving.Models;

namespace Ilab.Daemon.Services.Runs;

/// <summary>Who asks for a plan.</summary>
/// <param name="Directory">That relative paths are from; empty = unknown.</param>
internal sealed record PlanOrigin(PeerIdentity Peer, Caller Caller, string Directory);

/// <summary>Finds what a run names, the model and the data, and has it planned.</summary>
internal sealed class PlannedRuns(RunPlanner planner, TrainingRequests trainings, PlannedModels models, PlannedDatasets datasets)
{
    /// <exception cref="EngineException">INVALID_ARGUMENT, UNSUPPORTED: the training is not possible; NOT_FOUND: nothing is known of the model.</exception>
    public async Task<RunPlan> TrainingAsync(RunOptions run, Resources? resources, PlanOrigin origin, CancellationToken cancellationToken)
    {
        var name = run.Model ?? throw new EngineException(ErrorKind.InvalidArgument, "no model is named", "write model.model_name, or name the base model");
        using var model = await models.FindAsync(name, origin, cancellationToken).ConfigureAwait(false);
        using var data = await datasets.FindAsync(run.Text("--data"), origin, cancellationToken).ConfigureAwait(false);
        var (spec, choices) = await trainings
            .ReadAsync(
                origin.Caller,
                name,
                run.Training(),
                () => data.Path.Length == 0 ? Stream.Null : File.OpenRead(data.Path),
                model.Summary,
                resources,
                cancellationToken
            )
            .ConfigureAwait(false);
        if (string.Join("; ", spec.Problems()) is { Length: > 0 } problems)
        {
            throw new EngineException(ErrorKind.InvalidArgument, problems);
        }

        return await planner
            .TrainingAsync(
                new PlannedTraining
                {
                    Model = name,
                    Digest = model.Digest,
                    Files = model.Files,
                    Summary = model.Summary,
                    Tier = model.Tier,
                    Options = spec with { Data = data.Path, DataName = run.Text("--data") ?? "" },
                    DataBytes = data.Bytes,
                    Notes = [.. model.Notes, .. data.Notes, .. choices],
                },
                resources,
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    /// <param name="verb">What the model is loaded for.</param>
    /// <exception cref="EngineException">The model cannot be loaded; NOT_FOUND: nothing is known of it.</exception>
    public async Task<RunPlan> ServingAsync(string verb, RunOptions run, Resources? resources, PlanOrigin origin, CancellationToken cancellationToken)
    {
        var name =
            run.Text("--checkpoint")
            ?? run.Text("--model-name")
            ?? run.Model
            ?? throw new EngineException(ErrorKind.InvalidArgument, "no model is named", "write model.model_name, or name the model");
        var serving = new PlannedServing
        {
            Purpose = verb switch
            {
                "model serve" or "model load" => "serving",
                "eval" => "evaluation",
                "data generate" => "generation",
                _ => "inference",
            },
            Settings = new LoadSettings
            {
                ContextLength = run.Whole("--ctx") ?? 0,
                Device = run.Text("--device") ?? "",
                GpuLayers = run.Text("--gpu-layers") switch
                {
                    "auto" => LoadSettings.AsManyAsFit,
                    "all" => null,
                    _ => run.Whole("--gpu-layers"),
                },
                Draft = run.Text("--draft") ?? "",
            },
            ContextOption = verb is "model serve" or "model load" or "model run" ? "--ctx" : "",
        };
        try
        {
            return await planner.ServingAsync(Selection(name, run, origin), serving, resources, cancellationToken).ConfigureAwait(false);
        }
        catch (EngineException exception)
            when (exception.Kind is ErrorKind.NotFound or ErrorKind.InvalidArgument && models.Elsewhere(name, origin) is { } model)
        {
            return await planner
                .ServingAsync(name, model.Summary, model.Tier, serving with { Notes = model.Notes }, resources, cancellationToken)
                .ConfigureAwait(false);
        }
    }

    /// <summary>A file, opened with the caller's rights, or a model in the store.</summary>
    private static ModelSelection Selection(string name, RunOptions run, PlanOrigin origin)
    {
        if (run.Text("--checkpoint") is null && !name.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase))
        {
            return ModelSelection.Stored(name) with { Caller = origin.Caller };
        }

        var path = Path.IsPathRooted(name) || origin.Directory.Length == 0 ? name : Path.GetFullPath(Path.Combine(origin.Directory, name));
        PeerFileAccess.CheckForLater(path, origin.Peer);
        foreach (var file in CheckpointFiles.Find(path))
        {
            PeerFileAccess.CheckForLater(file, origin.Peer);
        }

        return ModelSelection.Checkpoint(path) with
        {
            Caller = origin.Caller,
        };
    }
}
