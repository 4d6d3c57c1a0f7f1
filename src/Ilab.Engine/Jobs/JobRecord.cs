using Ilab.Engine.Errors;
using Ilab.Engine.Events;

namespace Ilab.Engine.Jobs;

/// <summary>A job as it stands.</summary>
public sealed record JobRecord
{
    /// <summary>32 hex digits.</summary>
    public required string Id { get; init; }

    public required string Kind { get; init; }

    public required string Title { get; init; }

    /// <summary>What was asked for, as the kind's own JSON.</summary>
    public required string Request { get; init; }

    public JobState State { get; init; } = JobState.Queued;

    public DateTimeOffset Created { get; init; }

    public DateTimeOffset? Started { get; init; }

    public DateTimeOffset? Ended { get; init; }

    public Transfer? Progress { get; init; }

    public string Result { get; init; } = "";

    public JobError? Error { get; init; }

    public int Attempts { get; init; }

    /// <summary>Who asked.</summary>
    public uint Uid { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    public ulong LastSequence { get; init; }
}

/// <summary>Why a job failed.</summary>
public sealed record JobError(ErrorKind Kind, string Message, string Hint);

/// <summary>What is asked for.</summary>
/// <param name="Kind">Which handler does it.</param>
/// <param name="Title">One line for people.</param>
/// <param name="Request">JSON for the handler.</param>
/// <param name="RequestId">Made by the caller: the same id never makes a second job; empty = none.</param>
/// <param name="Uid">Who asks.</param>
public sealed record NewJob(string Kind, string Title, string Request, string RequestId, uint Uid, IReadOnlyDictionary<string, string> Labels);

/// <summary>One entry of a job's log: exactly one of the last three is set.</summary>
public sealed record JobEventRecord
{
    /// <summary>1, 2, 3, ...</summary>
    public ulong Sequence { get; init; }

    public DateTimeOffset Time { get; init; }

    public JobStateChange? State { get; init; }

    public Transfer? Progress { get; init; }

    public JobLogLine? Log { get; init; }
}

public sealed record JobStateChange(JobState State, string Reason, string Result, JobError? Error);

public sealed record JobLogLine(string Level, string Text);
