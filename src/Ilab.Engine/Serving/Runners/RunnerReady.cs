namespace Ilab.Engine.Serving.Runners;

/// <summary>What a runner says of itself as soon as its socket listens: the <c>ready.json</c> file of a bundle.</summary>
public sealed record RunnerReady
{
    public int Protocol { get; init; }

    public int Pid { get; init; }

    /// <summary>Clock ticks after boot, field 22 of <c>/proc/&lt;pid&gt;/stat</c>: tells the process from a later one with its number.</summary>
    public long StartTime { get; init; }

    public string BootId { get; set; } = "";

    /// <summary>Absolute path; may lie outside the bundle when the bundle's path is too long for a socket address.</summary>
    public string Socket { get; set; } = "";

    public IReadOnlyList<string> Capabilities { get; set; } = [];
}

/// <summary>How a runner ended: the <c>exit.json</c> file of a bundle, by the runner itself or by the service that reaped it.</summary>
public sealed record RunnerExit
{
    public int Code { get; init; }

    /// <summary>The signal that killed it; null when it ended by itself.</summary>
    public int? Signal { get; init; }

    /// <summary>Name of an error kind when the runner gave up in order; empty otherwise.</summary>
    public string ErrorKind { get; set; } = "";

    public string Message { get; set; } = "";

    public DateTimeOffset EndedAt { get; init; }
}
