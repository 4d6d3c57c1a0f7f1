using Ilab.Engine.Serving.Devices;

namespace Ilab.Engine.Serving.Scheduling;

/// <summary>Everything a placement is decided on.</summary>
public sealed record PlacementSnapshot(IReadOnlyList<PlacementDevice> Devices, IReadOnlyList<PlacementRunner> Runners);

/// <summary>A device that models may be placed on. Bytes.</summary>
/// <param name="Id"><c>cpu</c>, <c>cuda0</c>, ...</param>
/// <param name="Budget">What runners may reserve together.</param>
/// <param name="Reserved">Reserved by live runners.</param>
/// <param name="UsedByOthers">Used by other programs.</param>
/// <param name="Claimed">Promised to requests that came earlier and still wait.</param>
public sealed record PlacementDevice(string Id, long Budget, long Reserved, long UsedByOthers = 0, long Claimed = 0)
{
    /// <summary>What could be reserved now; negative when more is promised than there is.</summary>
    public long Free => Budget - Reserved - UsedByOthers - Claimed;
}

/// <summary>A live runner.</summary>
public sealed record PlacementRunner
{
    public required string Id { get; init; }

    /// <summary>What it serves.</summary>
    public required string Key { get; init; }

    public required string Device { get; init; }

    /// <summary>Bytes it has reserved of <see cref="Device"/>.</summary>
    public long Memory { get; init; }

    /// <summary>Bytes of the CPU's memory that it has reserved beside those of a GPU.</summary>
    public long HostMemory { get; init; }

    /// <summary>Layers on the GPU.</summary>
    public int GpuLayers { get; init; }

    public int ContextLength { get; init; }

    public PlacementState State { get; init; } = PlacementState.Ready;

    /// <summary>Generations running or granted.</summary>
    public int Active { get; init; }

    /// <summary>Grows with every use: the smallest was used longest ago.</summary>
    public long LastUsed { get; init; }

    /// <summary>Sequence number of a request that has waited so long that this runner takes nothing new from later ones; null = none.</summary>
    public long? HeldFor { get; init; }

    public bool CanBeEvicted => State == PlacementState.Ready && Active == 0;

    /// <summary>Bytes it has of a device.</summary>
    public long MemoryOf(string device) => (device == Device ? Memory : 0) + (device == DeviceMemory.Cpu ? HostMemory : 0);
}

public enum PlacementState
{
    /// <summary>On its way to ready.</summary>
    Loading,
    Ready,

    /// <summary>It lives but does not answer at the moment.</summary>
    Unreachable,

    /// <summary>It takes nothing new and goes when it is idle, or is going.</summary>
    Stopping,
}

/// <summary>A request for a place.</summary>
/// <param name="Sequence">Grows with every request.</param>
/// <param name="Key">What it needs.</param>
/// <param name="MinimumContext">Tokens a sequence must have at least; 0 = any.</param>
/// <param name="Plans">How it could be started, in order of preference.</param>
public sealed record PlacementRequest(long Sequence, string Key, int MinimumContext, IReadOnlyList<PlacementPlan> Plans)
{
    /// <summary>The device it has to be on; empty = any.</summary>
    public string Device { get; init; } = "";

    /// <summary>Layers that have to be on the GPU; null = any number.</summary>
    public int? GpuLayers { get; init; }

    /// <summary>A runner of the same model does as it is.</summary>
    public bool IsServedBy(PlacementRunner runner) =>
        runner.ContextLength >= MinimumContext && (Device.Length == 0 || runner.Device == Device) && (GpuLayers is null || runner.GpuLayers == GpuLayers);
}

/// <summary>One way to start a runner. <paramref name="Memory"/> in bytes, <paramref name="PackBudget"/> of them for the accelerator's copies of the
/// weights.</summary>
public sealed record PlacementPlan(string Device, int ContextLength, int Parallel, long Memory, long PackBudget = 0)
{
    /// <summary>Bytes of the CPU's memory beside those of a GPU.</summary>
    public long HostMemory { get; init; }

    /// <summary>Layers on the GPU.</summary>
    public int GpuLayers { get; init; }

    /// <summary>Bytes it needs of each device.</summary>
    public IEnumerable<(string Device, long Memory)> Needs => HostMemory > 0 ? [(Device, Memory), (DeviceMemory.Cpu, HostMemory)] : [(Device, Memory)];
}
