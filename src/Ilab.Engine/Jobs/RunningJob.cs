namespace Ilab.Engine.Jobs;

/// <summary>An active job of this process: its log, its current state, and its watchers.</summary>
internal sealed class RunningJob(JobRecord record, JobLog log) : IDisposable
{
    private readonly Lock _gate = new();
    private JobRecord _record = record with { LastSequence = log.LastSequence };
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _cancellation = new();
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _cancelRequested;

    /// <summary>Triggered when the job is to be cancelled.</summary>
    public CancellationToken Cancelled => _cancellation.Token;

    /// <summary>The handler's task; completed when it is not running.</summary>
    public Task Run { get; set; } = Task.CompletedTask;

    /// <summary>Completes when this process is done with the job, started or not.</summary>
    public Task Over => _over.Task;

    public bool CancelRequested => _cancelRequested;

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

    /// <summary>Appends to the log and updates the record. A full disk loses the entry, never the job.</summary>
    /// <returns>The updated record, and why the entry could not be written, if so.</returns>
    public (JobRecord Record, Exception? Failure) Append(JobEventRecord entry, bool durable)
    {
        TaskCompletionSource told;
        JobRecord changed;
        Exception? failure = null;
        lock (_gate)
        {
            try
            {
                entry = log.Append(entry, durable);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ObjectDisposedException)
            {
                failure = exception;
                entry = entry with { Sequence = log.LastSequence };
            }

            _record = changed = JobProjection.Apply(_record, entry);
            told = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        told.TrySetResult();
        return (changed, failure);
    }

    /// <summary>Updates only the record: for an end that could not be written.</summary>
    public void Force(JobEventRecord entry)
    {
        TaskCompletionSource told;
        lock (_gate)
        {
            _record = JobProjection.Apply(_record, entry with { Sequence = _record.LastSequence });
            told = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        told.TrySetResult();
    }

    /// <summary>Requests cancellation; does nothing if the job has ended.</summary>
    public async Task CancelAsync()
    {
        _cancelRequested = true;
        try
        {
            await _cancellation.CancelAsync().ConfigureAwait(false);
        }
        catch (ObjectDisposedException)
        {
            // It has just ended.
        }
    }

    /// <summary>To be called when nothing works on the job any more.</summary>
    public void EndRun() => _over.TrySetResult();

    public void Dispose()
    {
        log.Dispose();
        _cancellation.Dispose();
    }
}
