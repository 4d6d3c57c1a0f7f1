using Ilab.Engine.Serving.Runners;

namespace Ilab.Engine.Serving.Models;

/// <summary>A model with a live runner, as shown by <c>model ps</c>.</summary>
public sealed record LoadedModel
{
    /// <summary>12 hex digits.</summary>
    public required string RunnerId { get; init; }

    public required string Name { get; init; }

    /// <summary><c>sha256:...</c>; empty for a checkpoint file.</summary>
    public required string Digest { get; init; }

    /// <summary>Identifies its weights, see <see cref="ServingModel.Key"/>.</summary>
    public string Key { get; init; } = "";

    /// <summary>Names of other models served from the same weights: adapters, or the base model.</summary>
    public IReadOnlyList<string> Others { get; init; } = [];

    /// <summary>User id of who had it loaded; null = the service.</summary>
    public uint? Owner { get; init; }

    /// <summary>Bytes reserved on the device.</summary>
    public long Memory { get; init; }

    /// <summary>Resident bytes of the process.</summary>
    public long Resident { get; init; }

    /// <summary><c>cpu</c>, <c>cuda0</c>, ...</summary>
    public required string Device { get; init; }

    /// <summary>Bytes of host memory reserved in addition to GPU memory.</summary>
    public long HostMemory { get; init; }

    /// <summary>Layers offloaded to the GPU; 0 on the CPU.</summary>
    public int GpuLayers { get; init; }

    /// <summary>Layers of the model; 0 = unknown.</summary>
    public int Layers { get; init; }

    /// <summary>GPUs that are present but not used, and why; empty if there are none or the CPU was requested.</summary>
    public string DeviceWarning { get; init; } = "";

    /// <summary>Tokens per sequence.</summary>
    public int ContextLength { get; init; }

    /// <summary>Name of the model that guesses its next tokens; empty = none.</summary>
    public string Draft { get; init; } = "";

    /// <summary>Running generations.</summary>
    public int Active { get; init; }

    public DateTimeOffset LoadedAt { get; init; }

    /// <summary>When it will be unloaded if it stays idle; null while it is busy, or if never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Whether it stays loaded until it is stopped.</summary>
    public bool IsPinned { get; init; }

    public int ProcessId { get; init; }

    /// <summary><c>starting</c>, <c>loading</c>, <c>ready</c>, <c>unreachable</c>, <c>stopping</c>.</summary>
    public required string State { get; init; }

    /// <summary>Requests that it answers at once.</summary>
    public int Parallel { get; init; }

    /// <summary>For example <c>AVX-VNNI, oneDNN 2.6.3</c>; empty = none.</summary>
    public string Accelerator { get; init; } = "";

    /// <summary>Why it is not used, or what it is used for.</summary>
    public string AcceleratorNote { get; init; } = "";

    /// <summary>Matrix multiplications done by the accelerator.</summary>
    public long AcceleratedProducts { get; init; }

    public RunnerThreads Threads { get; init; } = new(0, 0, "");
}
