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

    /// <summary>With <see cref="WorkEventKind.Report"/>: what the worker said, as JSON of its kind.</summary>
    public string? Data { get; init; }

    /// <summary>With <see cref="WorkEventKind.Note"/>, <see cref="WorkEventKind.Warning"/> and <see cref="WorkEventKind.Restarted"/>: a line for
    /// people.</summary>
    public string? Text { get; init; }

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

    /// <summary>The worker says something in its kind's own terms.</summary>
    Report = 4,

    /// <summary>The executor has something to say, for example what the work waits for.</summary>
    Note = 5,

    /// <summary>A worker was lost and another goes on with what it left.</summary>
    Restarted = 6,

    /// <summary>As <see cref="Note"/>, and worth to be seen.</summary>
    Warning = 7,
}

/// <summary>How work came to its end.</summary>
/// <param name="Error">Null = it succeeded.</param>
/// <param name="Message">Why it failed, for people; empty when it succeeded.</param>
/// <param name="Details">What to do about it, or the last lines of a worker that was lost; may be empty.</param>
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
