namespace Ilab.Engine.Jobs;

/// <summary>Derives the state of a job from its log.</summary>
internal static class JobProjection
{
    /// <param name="job">The database row: the request and a possibly outdated state.</param>
    /// <param name="entries">All entries of the log.</param>
    public static JobRecord Of(JobRecord job, IReadOnlyList<JobEventRecord> entries)
    {
        var record = job with { Started = null, Ended = null, Attempts = 0, State = JobState.Queued, Result = "", Error = null, Progress = null };
        return entries.Count == 0 ? job : entries.Aggregate(record, Apply);
    }

    /// <summary>The job after applying one more entry.</summary>
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
