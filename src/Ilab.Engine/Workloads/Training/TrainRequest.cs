using Ilab.Runner.Contract.Training;

namespace Ilab.Engine.Workloads.Training;

/// <summary>A training as it was asked for; everything by digest.</summary>
public sealed record TrainRequest
{
    /// <summary>Of the base's manifest.</summary>
    public required string Base { get; init; }

    public required string BaseName { get; init; }

    /// <summary>Blob with the records.</summary>
    public required string Data { get; init; }

    /// <summary>Job whose last checkpoint it begins with; empty = none.</summary>
    public string FromJob { get; set; } = "";

    /// <summary>What the file was called, for people.</summary>
    public string DataName { get; set; } = "";

    /// <summary>Of the model that comes out of it.</summary>
    public required string Name { get; init; }

    public bool Replace { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; set; } = new Dictionary<string, string>();

    public required TrainingSpec Options { get; init; }
}
