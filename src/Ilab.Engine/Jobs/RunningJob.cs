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

    /// <summary>Appends to the log and changes the record with it.</summary>
    public JobRecord Append(JobEventRecord entry, bool durable, Func<JobRecord, JobRecord> change)
    {
        TaskCompletionSource told;
        JobRecord changed;
        lock (_gate)
        {
            var written = log.Append(entry, durable);
            _record = changed = change(_record) with { LastSequence = written.Sequence };
            told = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        told.TrySetResult();
        return changed;
    }

    public void Dispose()
    {
        log.Dispose();
        Cancellation.Dispose();
    }
}
