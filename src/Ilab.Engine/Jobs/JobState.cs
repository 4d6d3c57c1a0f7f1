using Ilab.Engine.Errors;

namespace Ilab.Engine.Jobs;

/// <summary>State of a job; the numbers match the API and the database.</summary>
public enum JobState
{
    Queued = 1,
    Running = 2,

    /// <summary>Its process or the service ended; it resumes automatically.</summary>
    Interrupted = 3,
    Succeeded = 4,
    Failed = 5,
    Cancelled = 6,
}

/// <summary>The allowed state transitions.</summary>
public static class JobStateMachine
{
    public static bool IsOver(JobState state) => state is JobState.Succeeded or JobState.Failed or JobState.Cancelled;

    public static bool MayFollow(JobState from, JobState to) =>
        from switch
        {
            JobState.Queued => to is JobState.Running or JobState.Cancelled or JobState.Failed,
            JobState.Running => to is JobState.Interrupted or JobState.Succeeded or JobState.Failed or JobState.Cancelled,
            JobState.Interrupted => to is JobState.Running or JobState.Cancelled or JobState.Failed,
            _ => false,
        };

    /// <summary>The exit code of a command that waited for the job.</summary>
    public static int ExitCode(JobState state) =>
        state switch
        {
            JobState.Succeeded => 0,
            JobState.Cancelled => 130,
            _ => 1,
        };

    internal static void Check(JobState from, JobState to)
    {
        if (!MayFollow(from, to))
        {
            throw new EngineException(ErrorKind.Internal, $"a job cannot go from {from} to {to}");
        }
    }
}
