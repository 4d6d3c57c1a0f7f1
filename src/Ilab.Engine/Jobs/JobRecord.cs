using Ilab.Engine.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Events;

namespace Ilab.Engine.Jobs;

/// <summary>The current state of a job.</summary>
public sealed record JobRecord
{
    /// <summary>32 hex digits.</summary>
    public required string Id { get; init; }

    public required string Kind { get; init; }

    public required string Title { get; init; }

    /// <summary>The request, as JSON specific to the kind.</summary>
    public required string Request { get; init; }

    public JobState State { get; init; } = JobState.Queued;

    public DateTimeOffset Created { get; init; }

    public DateTimeOffset? Started { get; init; }

    public DateTimeOffset? Ended { get; init; }

    public Transfer? Progress { get; init; }

    public string Result { get; init; } = "";

    public JobError? Error { get; init; }

    public int Attempts { get; init; }

    /// <summary>User who submitted the job.</summary>
    public uint Uid { get; init; }

    /// <summary>Whether its user could change what belongs to others when the job was submitted.</summary>
    public bool IsAdmin { get; init; }

    /// <summary>On whose behalf the job works.</summary>
    public Caller Caller => new(Uid, IsAdmin);

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    public ulong LastSequence { get; init; }
}

/// <summary>Why a job failed.</summary>
public sealed record JobError(ErrorKind Kind, string Message, string Hint);

/// <summary>A request to create a job.</summary>
/// <param name="Kind">Selects the handler.</param>
/// <param name="Title">One line for display.</param>
/// <param name="Request">JSON interpreted by the handler.</param>
/// <param name="RequestId">Idempotency key chosen by the caller; empty = none.</param>
/// <param name="Caller">Who submits the job.</param>
public sealed record NewJob(string Kind, string Title, string Request, string RequestId, Caller Caller, IReadOnlyDictionary<string, string> Labels)
{
    /// <summary>A credential for this job alone: it goes to the secret store, and nowhere else. Null = none.</summary>
    public string? Secret { get; init; }

    /// <summary>Without the secret: records are printed into logs.</summary>
    public override string ToString() => $"{Kind} job of uid {Caller.Uid}: {Title}";
}

/// <summary>An entry of a job's log: exactly one of the last three properties is set.</summary>
public sealed record JobEventRecord
{
    /// <summary>Starts at 1.</summary>
    public ulong Sequence { get; init; }

    public DateTimeOffset Time { get; init; }

    public JobStateChange? State { get; init; }

    public Transfer? Progress { get; init; }

    public JobLogLine? Log { get; init; }
}

public sealed record JobStateChange(JobState State, string Reason, string Result, JobError? Error);

public sealed record JobLogLine(string Level, string Text);
