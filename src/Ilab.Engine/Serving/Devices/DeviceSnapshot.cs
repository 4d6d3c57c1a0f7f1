namespace Ilab.Engine.Serving.Devices;

/// <summary>A device at one moment. All sizes in bytes.</summary>
public sealed record DeviceSnapshot
{
    /// <summary><c>cpu</c>, <c>cuda0</c>, ...</summary>
    public required string Id { get; init; }

    /// <summary>The name its maker gave it.</summary>
    public required string Name { get; init; }

    /// <summary>Memory the device has (for the CPU: of the machine or of the control group, whichever is less).</summary>
    public long Total { get; init; }

    /// <summary>Memory runners may use together: total less a reserve, or the configured limit.</summary>
    public long Budget { get; init; }

    /// <summary>Reserved by live runners.</summary>
    public long Reserved { get; init; }

    /// <summary>Used by everything else on the machine, as far as it can be told.</summary>
    public long UsedByOthers { get; init; }

    /// <summary>True when runners of this installation can compute on it.</summary>
    public bool Usable { get; init; } = true;

    /// <summary>Version of its driver; empty for the CPU.</summary>
    public string Driver { get; init; } = "";

    /// <summary>For example <c>9.0</c>; empty for the CPU.</summary>
    public string ComputeCapability { get; init; } = "";

    /// <summary>Why it is not <see cref="Usable"/>, and what to do about it; empty = it is.</summary>
    public string Problem { get; init; } = "";

    /// <summary>Any device but the CPU.</summary>
    public bool IsGpu => Id != DeviceMemory.Cpu;

    /// <summary>What a new runner could reserve now.</summary>
    public long Free => Math.Max(0, Budget - Reserved - UsedByOthers);
}
