using Ilab.Engine.Serving.Runners;

namespace Ilab.Engine.Serving.Models;

/// <summary>A model with a living runner, as <c>ps</c> shows it.</summary>
public sealed record LoadedModel
{
    /// <summary>12 hex digits.</summary>
    public required string RunnerId { get; init; }

    public required string Name { get; init; }

    /// <summary><c>sha256:...</c>; empty for a checkpoint file.</summary>
    public required string Digest { get; init; }

    /// <summary>Of its weights, see <see cref="ServingModel.Key"/>.</summary>
    public string Key { get; init; } = "";

    /// <summary>Names of other models that it has answered for: adapters beside the same weights, or the weights without one.</summary>
    public IReadOnlyList<string> Others { get; init; } = [];

    /// <summary>Bytes reserved on the device.</summary>
    public long Memory { get; init; }

    /// <summary>Bytes of the process resident now.</summary>
    public long Resident { get; init; }

    /// <summary><c>cpu</c>, <c>cuda0</c>, ...</summary>
    public required string Device { get; init; }

    /// <summary>Bytes of the CPU's memory reserved beside those of a GPU.</summary>
    public long HostMemory { get; init; }

    /// <summary>Layers computed on the GPU; 0 on the CPU.</summary>
    public int GpuLayers { get; init; }

    /// <summary>Layers that it has; 0 = not known.</summary>
    public int Layers { get; init; }

    /// <summary>GPUs that are there and not used, and why; empty = none, or that was asked for.</summary>
    public string DeviceWarning { get; init; } = "";

    /// <summary>Tokens of one sequence.</summary>
    public int ContextLength { get; init; }

    /// <summary>Generations running.</summary>
    public int Active { get; init; }

    public DateTimeOffset LoadedAt { get; init; }

    /// <summary>When it will be unloaded if nobody uses it; null = not as long as it runs something, or never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    public int ProcessId { get; init; }

    /// <summary><c>starting</c>, <c>loading</c>, <c>ready</c>, <c>unreachable</c>, <c>stopping</c>.</summary>
    public required string State { get; init; }

    /// <summary>Sequences that decode together.</summary>
    public int Parallel { get; init; }

    /// <summary>For example <c>oneDNN 2.6.3</c>; empty = none.</summary>
    public string Accelerator { get; init; } = "";

    /// <summary>Why there is none, or what it does.</summary>
    public string AcceleratorNote { get; init; } = "";

    /// <summary>Matrix products that the accelerator made.</summary>
    public long AcceleratedProducts { get; init; }

    public RunnerThreads Threads { get; init; } = new(0, 0, "");
}
