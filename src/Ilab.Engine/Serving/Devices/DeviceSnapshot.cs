namespace Ilab.Engine.Serving.Devices;

/// <summary>The state of a device at one point in time. All sizes in bytes.</summary>
public sealed record DeviceSnapshot
{
    /// <summary><c>cpu</c>, <c>cuda0</c>, ...</summary>
    public required string Id { get; init; }

    /// <summary>The vendor's name.</summary>
    public required string Name { get; init; }

    /// <summary>Total memory; for the CPU, that of the machine or of the control group, whichever is less.</summary>
    public long Total { get; init; }

    /// <summary>Memory available to runners in total: total minus a reserve, or the configured limit.</summary>
    public long Budget { get; init; }

    /// <summary>Reserved by live runners.</summary>
    public long Reserved { get; init; }

    /// <summary>Used by other programs, as far as known.</summary>
    public long UsedByOthers { get; init; }

    /// <summary>Whether runners of this installation can compute on it.</summary>
    public bool Usable { get; init; } = true;

    /// <summary>Driver version; empty for the CPU.</summary>
    public string Driver { get; init; } = "";

    /// <summary>For example <c>9.0</c>; empty for the CPU.</summary>
    public string ComputeCapability { get; init; } = "";

    /// <summary>Why it is not <see cref="Usable"/>, and how to fix that; empty if usable.</summary>
    public string Problem { get; init; } = "";

    /// <summary>Any device but the CPU.</summary>
    public bool IsGpu => Id != DeviceMemory.Cpu;

    /// <summary>What a new runner could reserve now.</summary>
    public long Free => Math.Max(0, Budget - Reserved - UsedByOthers);
}
