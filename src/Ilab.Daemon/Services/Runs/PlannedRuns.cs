using Ilab.Configuration.Runs;
using Ilab.Daemon.Hosting;
using Ilab.Daemon.Services.Models;
using Ilab.Engine.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Hosting;
using Ilab.Engine.Planning;
using Ilab.Engine.Serving.Inference;
using Ilab.Engine.Serving.Models;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Workloads.Training;
using Ilab.Posix.Files;

namespace Ilab.Daemon.Services.Runs;

/// <summary>Who asks for a plan.</summary>
/// <param name="Directory">That relative paths are from; empty = unknown.</param>
internal sealed record PlanOrigin(PeerIdentity Peer, Caller Caller, string Directory);

/// <summary>Finds what a run names, the model and the data, and has it planned.</summary>
internal sealed class PlannedRuns(RunPlanner planner, TrainingRequests trainings, ModelStoreParts store, EngineOptions options)
{
    private const long LargestData = 1L << 30;

    /// <exception cref="EngineException">INVALID_ARGUMENT, UNSUPPORTED: the training is not possible; NOT_FOUND: nothing is known of the model.</exception>
    public async Task<RunPlan> TrainingAsync(RunOptions run, Resources? resources, PlanOrigin origin, CancellationToken cancellationToken)
    {
        var name = run.Model ?? throw new EngineException(ErrorKind.InvalidArgument, "no model is named", "write model.model_name, or name the base model");
        using var model = await FindAsync(name, origin.Caller, cancellationToken).ConfigureAwait(false);
        using var data = model is null ? new PlannedData("") : await DataAsync(run.Text("--data"), origin, cancellationToken).ConfigureAwait(false);
        var (spec, choices) = await trainings
            .ReadAsync(origin.Caller, name, run.Training(), () => data.Path.Length == 0 ? Stream.Null : File.OpenRead(data.Path), cancellationToken)
            .ConfigureAwait(false);
        if (string.Join("; ", spec.Problems()) is { Length: > 0 } problems)
        {
            throw new EngineException(ErrorKind.InvalidArgument, problems);
        }

        if (model is null)
        {
            var guessed = Guess(name);
            return await planner
                .TrainingAsync(
                    new PlannedTraining
                    {
                        Model = name,
                        Summary = guessed,
                        Tier = PlanTier.Parameters,
                        Options = spec,
                        Notes = [NotHere(name, guessed), .. choices],
                    },
                    resources,
                    cancellationToken
                )
                .ConfigureAwait(false);
        }

        TrainingKinds.Require(model);
        return await planner
            .TrainingAsync(
                new PlannedTraining
                {
                    Model = name,
                    Digest = model.Digest.ToString(),
                    Files = model.WeightFiles,
                    Summary = model.Summary,
                    Options = spec with { Data = data.Path, DataName = run.Text("--data") ?? "" },
                    DataBytes = data.Bytes,
                    Notes = [.. data.Notes, .. choices],
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
        catch (EngineException exception) when (exception.Kind == ErrorKind.NotFound && GuessedModel.OfName(name) is { } guessed)
        {
            return await planner
                .ServingAsync(name, guessed, serving with { Notes = [NotHere(name, guessed)] }, resources, cancellationToken)
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

    private static string NotHere(string name, ModelSummary guessed) =>
        FormattableString.Invariant($"{name} is not in the store: planned as what is usual for {guessed.Parameters / 1e9:0.###} billion parameters");

    /// <returns>Null = it is not in the store, as the names in files need not be.</returns>
    private async Task<ResolvedModel?> FindAsync(string name, Caller caller, CancellationToken cancellationToken)
    {
        try
        {
            return await store.Catalog.ResolveAsync(caller, name, "a plan", cancellationToken).ConfigureAwait(false);
        }
        catch (EngineException exception) when (exception.Kind is ErrorKind.NotFound or ErrorKind.InvalidArgument)
        {
            return null;
        }
    }

    private static ModelSummary Guess(string name) =>
        GuessedModel.OfName(name)
        ?? throw new EngineException(
            ErrorKind.NotFound,
            $"nothing is known of {name}: it is not in the store, and its name says no number of parameters",
            "import or download it, or name a model with its size, such as llama-8B"
        );

    /// <summary>The records, in a file that a runner can read. What cannot be read is said, and the plan made without.</summary>
    private async Task<PlannedData> DataAsync(string? data, PlanOrigin origin, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(data))
        {
            return new PlannedData("no data is named: batches are taken to be full");
        }

        try
        {
            var dataset = await store.Datasets.ResolveAsync(origin.Caller, data, "a plan", cancellationToken).ConfigureAwait(false);
            var file = dataset.PathOf(null);
            return new PlannedData(file, new FileInfo(file).Length, dataset.Dispose);
        }
        catch (EngineException exception) when (exception.Kind is ErrorKind.NotFound or ErrorKind.InvalidArgument)
        {
            return await CopyAsync(data, origin, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>A copy, opened with the caller's rights: a runner has those of the service.</summary>
    private async Task<PlannedData> CopyAsync(string data, PlanOrigin origin, CancellationToken cancellationToken)
    {
        try
        {
            var path = Path.IsPathRooted(data) || origin.Directory.Length == 0 ? data : Path.Combine(origin.Directory, data);
            using var handle = PeerFileAccess.Open(path, origin.Peer);
            await using var source = new FileStream(handle, FileAccess.Read);
            if (source.Length > LargestData)
            {
                return new PlannedData($"{data} is larger than {ByteText.Of(LargestData)}: it was not read, batches are taken to be full");
            }

            var copy = Path.Combine(options.RuntimeDirectory, $"plan-{Guid.NewGuid():N}.jsonl");
            var planned = new PlannedData(copy, source.Length, () => File.Delete(copy));
            try
            {
                await SharedFile.WriteAsync(source, copy, cancellationToken).ConfigureAwait(false);
                return planned;
            }
            catch
            {
                planned.Dispose();
                throw;
            }
        }
        catch (Exception exception) when (exception is EngineException or IOException or UnauthorizedAccessException)
        {
            return new PlannedData($"the data was not read ({exception.Message}): batches are taken to be full");
        }
    }

    /// <param name="Path">Empty = there is none.</param>
    private sealed record PlannedData(string Path, long Bytes, Action Release) : IDisposable
    {
        public PlannedData(string note)
            : this("", 0, static () => { }) => Notes = [note];

        public IReadOnlyList<string> Notes { get; } = [];

        public void Dispose() => Release();
    }
}
