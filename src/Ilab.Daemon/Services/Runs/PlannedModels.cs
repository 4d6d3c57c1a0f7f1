using Ilab.Daemon.Hosting;
using Ilab.Daemon.Services.Models;
using Ilab.Engine.Errors;
using Ilab.Engine.Planning;
using Ilab.Engine.Serving.Inference;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Workloads.Training;
using Ilab.Gguf.Conversion;
using Ilab.Gguf.Conversion.HuggingFace;
using Ilab.Gguf.Safetensors;

namespace Ilab.Daemon.Services.Runs;

/// <summary>What is known of a model that a run names.</summary>
/// <param name="Tier">How it is known.</param>
internal sealed record PlannedModel(ModelSummary Summary, PlanTier Tier) : IDisposable
{
    private readonly Action? _release;

    public PlannedModel(ResolvedModel model)
        : this(model.Summary, PlanTier.Header) => (_release, Digest, Files) = (model.Dispose, model.Digest.ToString(), model.WeightFiles);

    /// <summary>Empty = it is not in the store.</summary>
    public string Digest { get; } = "";

    /// <summary>That a runner can lay out; empty = none.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    public IReadOnlyList<string> Notes { get; init; } = [];

    public void Dispose() => _release?.Invoke();
}

/// <summary>Finds what is known of a model: in the store, in a file or folder of the caller, or by what its name says.</summary>
internal sealed class PlannedModels(ModelStoreParts store)
{
    /// <exception cref="EngineException">UNSUPPORTED: it cannot be trained; NOT_FOUND: nothing is known of it.</exception>
    public async Task<PlannedModel> FindAsync(string name, PlanOrigin origin, CancellationToken cancellationToken)
    {
        try
        {
            var model = await store.Catalog.ResolveAsync(origin.Caller, name, "a plan", cancellationToken).ConfigureAwait(false);
            try
            {
                TrainingKinds.Require(model);
                return new PlannedModel(model);
            }
            catch
            {
                model.Dispose();
                throw;
            }
        }
        catch (EngineException exception) when (exception.Kind is ErrorKind.NotFound or ErrorKind.InvalidArgument)
        {
            return Elsewhere(name, origin)
                ?? throw new EngineException(
                    ErrorKind.NotFound,
                    $"nothing is known of {name}: it is not in the store, and its name says no number of parameters",
                    "import or download it, or name a model with its size, such as llama-8B",
                    exception
                );
        }
    }

    /// <summary>A model that is not in the store; null = nothing is known of it.</summary>
    /// <exception cref="EngineException">It is a file or folder of the caller that is no model, or that the service may not read.</exception>
    public PlannedModel? Elsewhere(string name, PlanOrigin origin)
    {
        var path = Path.IsPathRooted(name) || origin.Directory.Length == 0 ? name : Path.GetFullPath(Path.Combine(origin.Directory, name));
        if (Path.IsPathRooted(path) && !origin.Peer.IsRemote)
        {
            if (File.Exists(path) && path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase))
            {
                return OfFile(path, origin);
            }

            if (File.Exists(Path.Combine(path, SourceFolder.ConfigFile)))
            {
                return OfFolder(name, path, origin);
            }
        }

        return GuessedModel.OfName(name) is not { } guessed
            ? null
            : new PlannedModel(guessed, PlanTier.Parameters)
            {
                Notes =
                [
                    FormattableString.Invariant(
                        $"{name} is not in the store: planned as what is usual for {guessed.Parameters / 1e9:0.###} billion parameters"
                    ),
                ],
            };
    }

    private static PlannedModel OfFile(string path, PlanOrigin origin)
    {
        var files = CheckpointFiles.Find(path);
        foreach (var file in files)
        {
            PeerFileAccess.CheckForLater(file, origin.Peer);
        }

        return new PlannedModel(GgufSummary.Read(files), PlanTier.Header) { Files = files };
    }

    private static PlannedModel OfFolder(string name, string path, PlanOrigin origin)
    {
        PeerFileAccess.Check(path, origin.Peer);
        try
        {
            using var folder = new SourceFolder(path, file => PeerFileAccess.Open(file, origin.Peer));
            var shape = FolderShape.Read(folder);
            var summary = new ModelSummary
            {
                Architecture = shape.Architecture,
                Quantization = shape.Type.ToString(),
                Parameters = shape.Parameters,
                Size = shape.Bytes,
                ContextLength = shape.Context,
                Layers = shape.Layers,
                Heads = shape.Heads,
                KvHeads = shape.KeyHeads,
                HeadDimension = shape.HeadLength,
                Embedding = shape.Hidden,
                FeedForward = shape.FeedForward,
                Vocabulary = shape.Vocabulary,
                HasOwnHead = shape.HasOwnHead,
            };
            return new PlannedModel(summary, PlanTier.Header)
            {
                Notes = [$"{name} is a folder of weights: planned by their headers; 'ilab model convert {name}' adds it to the store"],
            };
        }
        catch (Exception exception) when (exception is ConversionException or SafetensorsException)
        {
            throw new EngineException(ErrorKind.InvalidModel, $"{name}: {exception.Message}", "check that the folder is complete", exception);
        }
    }
}
