namespace Ilab.Engine.Serving.Runners;

/// <summary>What a runner says of itself.</summary>
public sealed record RunnerReport
{
    public required RunnerPhase Phase { get; init; }

    /// <summary>Of loading, 0 to 1.</summary>
    public float Fraction { get; init; }

    /// <summary>With <see cref="RunnerPhase.Ready"/>.</summary>
    public RunnerModel? Model { get; init; }

    /// <summary>With <see cref="RunnerPhase.Failed"/>: the name of an error kind.</summary>
    public string ErrorKind { get; init; } = "";

    public string Error { get; init; } = "";

    /// <summary>Generations running in it, whoever started them.</summary>
    public int Active { get; init; }

    /// <summary>Matrix products that the accelerator made.</summary>
    public long AcceleratedProducts { get; init; }

    public RunnerThreads Threads { get; init; } = new(0, 0, "");
}

/// <summary>How many threads compute.</summary>
/// <param name="Used">By the last step; 0 = nothing was computed yet.</param>
/// <param name="Limit">That settings and machine allow; 0 = the runner does not say.</param>
/// <param name="Reason">Why there are not more, in a word: <c>busy</c>, <c>fastest</c>, <c>affinity</c>, <c>cpuset</c>, <c>quota</c>, <c>setting</c>; empty =
/// all CPUs are used.</param>
public sealed record RunnerThreads(int Used, int Limit, string Reason);

public enum RunnerPhase
{
    Loading,
    Ready,

    /// <summary>The model cannot be loaded; the runner ends.</summary>
    Failed,
    Stopping,
}

/// <summary>Facts about the model that only the runner knows, after loading.</summary>
/// <param name="Memory">Bytes of weights, KV cache and compute buffers, measured.</param>
/// <param name="ContextLength">Tokens of one sequence.</param>
/// <param name="Parallel">Sequences that decode together.</param>
/// <param name="NativeVersion">Version of the native libraries it loaded.</param>
/// <param name="Accelerator">For example <c>oneDNN 2.6.3</c>; empty = none.</param>
/// <param name="AcceleratorNote">Why there is none, or what it does.</param>
public sealed record RunnerModel(long Memory, int ContextLength, int Parallel, string NativeVersion, string Accelerator = "", string AcceleratorNote = "")
{
    /// <summary>Bytes of a GPU's memory that it took; 0 = none, or not known.</summary>
    public long DeviceMemory { get; init; }
}
