using Ilab.Runner.Contract.Training;

namespace Ilab.Engine.Workloads.Training;

/// <summary>Request of a job of kind <c>train</c>; objects are referenced by digest.</summary>
public sealed record TrainRequest
{
    /// <summary>Digest of the base model's manifest.</summary>
    public required string Base { get; init; }

    public required string BaseName { get; init; }

    /// <summary>Digest of the blob with the records.</summary>
    public required string Data { get; init; }

    /// <summary>Job whose last checkpoint to start from; empty = none.</summary>
    public string FromJob { get; set; } = "";

    /// <summary>File name of the records, for display.</summary>
    public string DataName { get; set; } = "";

    /// <summary>Name of the resulting model.</summary>
    public required string Name { get; init; }

    public bool Replace { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; set; } = new Dictionary<string, string>();

    public required TrainingSpec Options { get; init; }

    /// <summary>Why values that were left open are as they are, one line each.</summary>
    public IReadOnlyList<string> Choices { get; set; } = [];
}
