namespace Ilab.Runner.Contract.Bundles;

/// <summary>What a runner says of itself as soon as its socket listens: the <c>ready.json</c> file of a bundle.</summary>
public sealed record RunnerReady
{
    /// <summary><see cref="RunnerSpec.ProtocolVersion"/> of the runner.</summary>
    public int Protocol { get; init; }

    public int Pid { get; init; }

    /// <summary>Clock ticks after boot, field 22 of <c>/proc/&lt;pid&gt;/stat</c>: tells the process from a later one with its number.</summary>
    public long StartTime { get; init; }

    public string BootId { get; set; } = "";

    /// <summary>Absolute path; empty when the runner listens on none (training, tasks);
    /// may lie outside the bundle when the bundle's path is too long for a socket address.</summary>
    public string Socket { get; set; } = "";

    public IReadOnlyList<string> Capabilities { get; set; } = [];
}
