namespace Ilab.Runner.Contract.Training;

/// <summary>Names of the files in the output directory of a training.</summary>
public static class TrainingFiles
{
    /// <summary>The runner's events, one <see cref="TrainingEvent"/> per line. Truncated to the last checkpoint when a run is resumed.</summary>
    public const string Events = "events.jsonl";

    /// <summary>Directory of the checkpoints, <c>step-*.gguf</c>; the last in ordinal order is the latest.</summary>
    public const string Checkpoints = "checkpoints";

    /// <summary>The service's copy of the records.</summary>
    public const string Data = "data.jsonl";

    /// <summary>The service's copy of an initial checkpoint.</summary>
    public const string Start = "start.gguf";

    /// <summary>Result: an adapter.</summary>
    public const string Adapter = "adapter.gguf";

    /// <summary>Result: weights.</summary>
    public const string Model = "model.gguf";

    public const string MemoryWanted = "memory.wanted";
    public const string MemoryGranted = "memory.granted";
}
