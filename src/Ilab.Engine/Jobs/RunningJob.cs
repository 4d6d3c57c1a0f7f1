namespace Ilab.Engine.Jobs;

/// <summary>A job that is alive in this process: its log, its newest state, and those who watch it.</summary>
internal sealed class RunningJob(JobRecord record, JobLog log) : IDisposable
{
    private readonly Lock _gate = new();
    private JobRecord _record = record with { LastSequence = log.LastSequence };
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public CancellationTokenSource Cancellation { get; } = new();

    /// <summary>The handler's run; completed when it is not running.</summary>
    public Task Run { get; set; } = Task.CompletedTask;

    public bool CancelRequested { get; set; }

    public JobRecord Record
    {
        get
        {
            lock (_gate)
            {
                return _record;
            }
        }
    }

    /// <summary>Completes with the next event.</summary>
    public Task Changed
    {
        get
        {
            lock (_gate)
            {
                return _changed.Task;
            }
        }
    }

    /// <summary>Appends to the log and changes the record with it. A full disk loses the entry, never the job.</summary>
    /// <returns>The record afterwards, and whether the entry was written.</returns>
    public (JobRecord Record, bool Written) Append(JobEventRecord entry, bool durable)
    {
        TaskCompletionSource told;
        JobRecord changed;
        var isWritten = true;
        lock (_gate)
        {
            try
            {
                entry = log.Append(entry, durable);
            }
            catch (IOException)
            {
                isWritten = false;
                entry = entry with { Sequence = log.LastSequence };
            }

            _record = changed = JobProjection.Apply(_record, entry);
            told = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        told.TrySetResult();
        return (changed, isWritten);
    }

    public void Dispose()
    {
        log.Dispose();
        Cancellation.Dispose();
    }
}
