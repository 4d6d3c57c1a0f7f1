using Ilab.Engine.Errors;

namespace Ilab.Engine.Workloads.Execution;

/// <summary>Something that happened to work.</summary>
public sealed record WorkEvent
{
    /// <summary>1, 2, 3, ... without gaps.</summary>
    public long Number { get; init; }

    public DateTimeOffset Time { get; init; }

    public WorkEventKind Kind { get; init; }

    /// <summary>With <see cref="WorkEventKind.Progress"/>: how much is done, in units of the kind.</summary>
    public long Done { get; init; }

    /// <summary>With <see cref="WorkEventKind.Progress"/>: how much there is to do; 0 = not known.</summary>
    public long Total { get; init; }

    /// <summary>With <see cref="WorkEventKind.Ended"/>.</summary>
    public WorkEnd? End { get; init; }
}

public enum WorkEventKind
{
    /// <summary>A worker has begun.</summary>
    Started = 1,

    Progress = 2,

    /// <summary>Nothing follows.</summary>
    Ended = 3,
}

/// <summary>How work came to its end.</summary>
/// <param name="Error">Null = it succeeded.</param>
/// <param name="Message">Why it failed, for people; empty when it succeeded.</param>
/// <param name="Details">The last words of a worker that was lost; empty otherwise.</param>
public sealed record WorkEnd(ErrorKind? Error, string Message, string Details)
{
    public static WorkEnd Succeeded { get; } = new(null, "", "");

    /// <exception cref="EngineException">It did not succeed.</exception>
    public void ThrowIfFailed()
    {
        if (Error is { } kind)
        {
            throw new EngineException(kind, Message, Details);
        }
    }
}
