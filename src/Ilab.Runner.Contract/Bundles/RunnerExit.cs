namespace Ilab.Runner.Contract.Bundles;

/// <summary>How a runner ended: the <c>exit.json</c> file of a bundle, by the runner itself or by the service that reaped it.</summary>
public sealed record RunnerExit
{
    public int Code { get; init; }

    /// <summary>The signal that killed it; null when it ended by itself.</summary>
    public int? Signal { get; init; }

    /// <summary>One of <see cref="RunnerErrors"/> when the runner gave up in order; empty otherwise.</summary>
    public string ErrorKind { get; set; } = "";

    public string Message { get; set; } = "";

    /// <summary>What to do about it; may be empty.</summary>
    public string Hint { get; set; } = "";

    public DateTimeOffset EndedAt { get; init; }
}
