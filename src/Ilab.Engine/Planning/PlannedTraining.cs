using Ilab.Engine.Store.Catalog;
using Ilab.Runner.Contract.Training;

namespace Ilab.Engine.Planning;

/// <summary>A training that is planned: of a model that is here, or of one of which only a name is known.</summary>
public sealed record PlannedTraining
{
    /// <summary>As it was named.</summary>
    public required string Model { get; init; }

    /// <summary>Digest of its manifest; empty = it is not in the store.</summary>
    public string Digest { get; init; } = "";

    /// <summary>Absolute paths of the weight files; empty = they are not here.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>What is known of the model.</summary>
    public required ModelSummary Summary { get; init; }

    /// <summary>How that is known: by its header, or by its name.</summary>
    public PlanTier Tier { get; init; } = PlanTier.Header;

    /// <summary>The training. Its data is the path of a file that a runner can read; empty = there is none, and batches are taken to be full.</summary>
    public required TrainingSpec Options { get; init; }

    /// <summary>Bytes of the data; 0 = unknown.</summary>
    public long DataBytes { get; init; }

    /// <summary>What is worth knowing about it, one line each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
