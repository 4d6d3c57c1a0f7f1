namespace Ilab.Engine.Jobs;

/// <summary>What a job's log says of the job.</summary>
internal static class JobProjection
{
    /// <param name="job">As the database has it: what was asked for, and perhaps an older state.</param>
    /// <param name="entries">The whole log.</param>
    public static JobRecord Of(JobRecord job, IReadOnlyList<JobEventRecord> entries)
    {
        var record = job with { Started = null, Ended = null, Attempts = 0, State = JobState.Queued, Result = "", Error = null, Progress = null };
        return entries.Count == 0 ? job : entries.Aggregate(record, Apply);
    }

    /// <summary>The job after one more entry.</summary>
    public static JobRecord Apply(JobRecord record, JobEventRecord entry) =>
        entry switch
        {
            { State: { } change } => record with
            {
                State = change.State,
                Started = change.State == JobState.Running ? record.Started ?? entry.Time : record.Started,
                Ended = JobStateMachine.IsOver(change.State) ? entry.Time : null,
                Attempts = change.State == JobState.Running ? record.Attempts + 1 : record.Attempts,
                Result = change.Result,
                Error = change.Error,
                LastSequence = entry.Sequence,
            },
            { Progress: { } progress } => record with { Progress = progress, LastSequence = entry.Sequence },
            _ => record with { LastSequence = entry.Sequence },
        };
}
