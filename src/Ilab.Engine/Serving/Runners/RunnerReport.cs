namespace Ilab.Engine.Serving.Runners;

/// <summary>State reported by a runner.</summary>
public sealed record RunnerReport
{
    public required RunnerPhase Phase { get; init; }

    /// <summary>Load progress, 0 to 1.</summary>
    public float Fraction { get; init; }

    /// <summary>Set with <see cref="RunnerPhase.Ready"/>.</summary>
    public RunnerModel? Model { get; init; }

    /// <summary>Set with <see cref="RunnerPhase.Failed"/>: the name of an error kind.</summary>
    public string ErrorKind { get; init; } = "";

    public string Error { get; init; } = "";

    /// <summary>All running generations, including those started by an earlier service.</summary>
    public int Active { get; init; }

    /// <summary>Matrix multiplications done by the accelerator.</summary>
    public long AcceleratedProducts { get; init; }

    public RunnerThreads Threads { get; init; } = new(0, 0, "");
}

/// <summary>Compute threads of a runner.</summary>
/// <param name="Used">Threads of the last step; 0 = no step yet.</param>
/// <param name="Limit">Maximum allowed by the settings and the machine; 0 = not reported.</param>
/// <param name="Reason">What limits the threads: <c>busy</c>, <c>fastest</c>, <c>affinity</c>, <c>cpuset</c>, <c>quota</c>, <c>setting</c>; empty = all CPUs
/// are used.</param>
public sealed record RunnerThreads(int Used, int Limit, string Reason);

public enum RunnerPhase
{
    Loading,
    Ready,

    /// <summary>The model cannot be loaded; the runner exits.</summary>
    Failed,
    Stopping,
}

/// <summary>Properties of a loaded model that only the runner knows.</summary>
/// <param name="Memory">Measured bytes of weights, KV cache and compute buffers.</param>
/// <param name="ContextLength">Tokens per sequence.</param>
/// <param name="Parallel">Requests that it answers at once.</param>
/// <param name="NativeVersion">Version of the loaded native libraries.</param>
/// <param name="Accelerator">For example <c>oneDNN 2.6.3</c>; empty = none.</param>
/// <param name="AcceleratorNote">Why it is not used, or what it is used for.</param>
public sealed record RunnerModel(long Memory, int ContextLength, int Parallel, string NativeVersion, string Accelerator = "", string AcceleratorNote = "")
{
    /// <summary>Bytes of GPU memory used; 0 = none or unknown.</summary>
    public long DeviceMemory { get; init; }
}
