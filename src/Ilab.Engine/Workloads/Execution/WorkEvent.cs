using Ilab.Engine.Errors;

namespace Ilab.Engine.Workloads.Execution;

/// <summary>An event of a workload.</summary>
public sealed record WorkEvent
{
    /// <summary>Starts at 1, without gaps.</summary>
    public long Number { get; init; }

    public DateTimeOffset Time { get; init; }

    public WorkEventKind Kind { get; init; }

    /// <summary>With <see cref="WorkEventKind.Progress"/>: amount done, in units of the kind.</summary>
    public long Done { get; init; }

    /// <summary>With <see cref="WorkEventKind.Progress"/>: total amount; 0 = unknown.</summary>
    public long Total { get; init; }

    /// <summary>With <see cref="WorkEventKind.Report"/>: the worker's report, as JSON specific to the kind.</summary>
    public string? Data { get; init; }

    /// <summary>
    /// With <see cref="WorkEventKind.Note"/>, <see cref="WorkEventKind.Warning"/> and <see cref="WorkEventKind.Restarted"/>: one line for display.
    /// </summary>
    public string? Text { get; init; }

    /// <summary>Set with <see cref="WorkEventKind.Ended"/>.</summary>
    public WorkEnd? End { get; init; }
}

public enum WorkEventKind
{
    /// <summary>A worker has started.</summary>
    Started = 1,

    Progress = 2,

    /// <summary>The final event.</summary>
    Ended = 3,

    /// <summary>A report specific to the kind of work.</summary>
    Report = 4,

    /// <summary>A message of the executor, for example what the work waits for.</summary>
    Note = 5,

    /// <summary>A worker was lost; another one resumes from what it left.</summary>
    Restarted = 6,

    /// <summary>Like <see cref="Note"/>, but important.</summary>
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
