namespace Ilab.Engine.Planning;

/// <summary>How a number of a plan was found, from the most to the least exact.</summary>
public enum PlanTier
{
    /// <summary>A runner laid out the model and its graphs without allocating them.</summary>
    Measured,

    /// <summary>Computed from what the header of the file says.</summary>
    Header,

    /// <summary>Computed from the number of parameters, or from a name that says it.</summary>
    Parameters,
}

/// <summary>A part of what a run takes.</summary>
/// <param name="Part">For example <c>weights</c>.</param>
/// <param name="Note">What it is, or what it depends on.</param>
public sealed record PlanLine(string Part, long Bytes, PlanTier Tier, string Note = "");

/// <summary>How long a run takes.</summary>
/// <param name="Seconds">Null = unknown.</param>
/// <param name="Note">Where that comes from, or why it is unknown.</param>
public sealed record PlanTime(double? Seconds, string Note);

/// <summary>The smallest change of one setting with which a run fits.</summary>
/// <param name="Field">For a run config: <c>section.field=value</c>; empty = the setting is none of a run config.</param>
/// <param name="Option">For the command line; empty = it has none.</param>
/// <param name="Bytes">Memory with it.</param>
/// <param name="Effect">What else it changes, in a few words.</param>
public sealed record PlanChange(string Field, string Option, long Bytes, string Effect);

/// <summary>What a run takes, of a machine.</summary>
public sealed record RunPlan
{
    /// <summary>For example <c>lora training</c>.</summary>
    public required string Kind { get; init; }

    public required string Model { get; init; }

    /// <summary>Where it runs, for people: <c>cpu</c>, or <c>one of 4 GPUs with 80 GiB</c>.</summary>
    public required string Device { get; init; }

    public required IReadOnlyList<PlanLine> Memory { get; init; }

    /// <summary>Host memory beside that of a GPU; empty if the device is the CPU.</summary>
    public IReadOnlyList<PlanLine> Host { get; init; } = [];

    public required IReadOnlyList<PlanLine> Disk { get; init; }

    public required PlanTime Time { get; init; }

    /// <summary>Bytes of the device that a run can have; null = unknown.</summary>
    public long? MemoryAvailable { get; init; }

    /// <summary>Bytes of host memory; null = unknown.</summary>
    public long? HostAvailable { get; init; }

    /// <summary>Free bytes; null = unknown.</summary>
    public long? DiskAvailable { get; init; }

    /// <summary>Null = it fits, or no single change suffices.</summary>
    public PlanChange? Change { get; init; }

    /// <summary>What is worth knowing, one line each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    public long MemoryTotal => Memory.Sum(static line => line.Bytes);

    public long HostTotal => Host.Sum(static line => line.Bytes);

    public long DiskTotal => Disk.Sum(static line => line.Bytes);

    public bool MemoryFits => MemoryTotal <= (MemoryAvailable ?? long.MaxValue) && HostTotal <= (HostAvailable ?? long.MaxValue);

    public bool DiskFits => DiskTotal <= (DiskAvailable ?? long.MaxValue);

    public bool Fits => MemoryFits && DiskFits;
}
