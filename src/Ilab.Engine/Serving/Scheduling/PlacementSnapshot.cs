using Ilab.Engine.Serving.Devices;

namespace Ilab.Engine.Serving.Scheduling;

/// <summary>The input of a placement decision.</summary>
public sealed record PlacementSnapshot(IReadOnlyList<PlacementDevice> Devices, IReadOnlyList<PlacementRunner> Runners);

/// <summary>A device for models. Sizes in bytes.</summary>
/// <param name="Id"><c>cpu</c>, <c>cuda0</c>, ...</param>
/// <param name="Budget">Total memory available to runners.</param>
/// <param name="Reserved">Reserved by live runners.</param>
/// <param name="UsedByOthers">Used by other programs.</param>
/// <param name="Claimed">Promised to earlier requests that are still waiting.</param>
public sealed record PlacementDevice(string Id, long Budget, long Reserved, long UsedByOthers = 0, long Claimed = 0)
{
    /// <summary>Currently available for reservations; negative if more is promised than available.</summary>
    public long Free => Budget - Reserved - UsedByOthers - Claimed;
}

/// <summary>A live runner.</summary>
public sealed record PlacementRunner
{
    public required string Id { get; init; }

    /// <summary>Key of the model it serves.</summary>
    public required string Key { get; init; }

    public required string Device { get; init; }

    /// <summary>Bytes reserved on <see cref="Device"/>.</summary>
    public long Memory { get; init; }

    /// <summary>Bytes of host memory reserved in addition to GPU memory.</summary>
    public long HostMemory { get; init; }

    /// <summary>Layers offloaded to the GPU.</summary>
    public int GpuLayers { get; init; }

    public int ContextLength { get; init; }

    /// <summary>Key of the model that guesses its next tokens; empty = none.</summary>
    public string Draft { get; init; } = "";

    public PlacementState State { get; init; } = PlacementState.Ready;

    /// <summary>Running or granted generations.</summary>
    public int Active { get; init; }

    /// <summary>Increases with every use: the smallest was used least recently.</summary>
    public long LastUsed { get; init; }

    /// <summary>Sequence number of a request that has waited so long that this runner accepts no later requests; null = none.</summary>
    public long? HeldFor { get; init; }

    /// <summary>Makes no room for other models.</summary>
    public bool IsPinned { get; init; }

    /// <summary>Whether it can be replaced by another runner of the same model now.</summary>
    public bool IsIdle => State == PlacementState.Ready && Active == 0;

    /// <summary>Whether it can make room for another model now.</summary>
    public bool CanBeEvicted => IsIdle && !IsPinned;

    /// <summary>Bytes reserved on a device.</summary>
    public long MemoryOf(string device) => (device == Device ? Memory : 0) + (device == DeviceMemory.Cpu ? HostMemory : 0);
}

public enum PlacementState
{
    /// <summary>Not ready yet.</summary>
    Loading,
    Ready,

    /// <summary>Alive but currently not responding.</summary>
    Unreachable,

    /// <summary>Accepts no new requests and stops when idle, or is stopping.</summary>
    Stopping,
}

/// <summary>A placement request.</summary>
/// <param name="Sequence">Increases with every request.</param>
/// <param name="Key">Key of the requested model.</param>
/// <param name="MinimumContext">Minimum context length per sequence; 0 = any.</param>
/// <param name="Plans">Possible ways to start it, in order of preference.</param>
public sealed record PlacementRequest(long Sequence, string Key, int MinimumContext, IReadOnlyList<PlacementPlan> Plans)
{
    /// <summary>The required device; empty = any.</summary>
    public string Device { get; init; } = "";

    /// <summary>The required number of layers on the GPU; null = any.</summary>
    public int? GpuLayers { get; init; }

    /// <summary>Key of the model that has to guess its next tokens; empty = any or none.</summary>
    public string Draft { get; init; } = "";

    /// <summary>Whether a runner of the same model can serve the request as is.</summary>
    public bool IsServedBy(PlacementRunner runner) =>
        runner.ContextLength >= MinimumContext
        && (Device.Length == 0 || runner.Device == Device)
        && (GpuLayers is null || runner.GpuLayers == GpuLayers)
        && (Draft.Length == 0 || runner.Draft == Draft);
}

/// <summary>
/// One way to start a runner. <paramref name="Memory"/> in bytes, of which <paramref name="PackBudget"/> are for packed weights of the accelerator.
/// </summary>
public sealed record PlacementPlan(string Device, int ContextLength, int Parallel, long Memory, long PackBudget = 0)
{
    /// <summary>Tokens in the KV cache, shared by all generations.</summary>
    public int Cells { get; init; }

    /// <summary>Bytes of host memory in addition to GPU memory.</summary>
    public long HostMemory { get; init; }

    /// <summary>Layers offloaded to the GPU.</summary>
    public int GpuLayers { get; init; }

    /// <summary>Bytes needed per device.</summary>
    public IEnumerable<(string Device, long Memory)> Needs => HostMemory > 0 ? [(Device, Memory), (DeviceMemory.Cpu, HostMemory)] : [(Device, Memory)];
}
