namespace Ilab.Engine.Jobs;

/// <summary>A job that is alive in this process: its log, its newest state, and those who watch it.</summary>
internal sealed class RunningJob(JobRecord record, JobLog log) : IDisposable
{
    private readonly Lock _gate = new();
    private JobRecord _record = record with { LastSequence = log.LastSequence };
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _cancellation = new();
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _cancelRequested;

    /// <summary>Ends when somebody wants the job to end.</summary>
    public CancellationToken Cancelled => _cancellation.Token;

    /// <summary>The handler's run; completed when it is not running.</summary>
    public Task Run { get; set; } = Task.CompletedTask;

    /// <summary>Completes when this process has done with the job, started or not.</summary>
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

    /// <summary>Appends to the log and changes the record with it. A full disk loses the entry, never the job.</summary>
    /// <returns>The record afterwards, and why the entry could not be written; null = it is.</returns>
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

    /// <summary>Changes the record alone: for an end that nothing else could record.</summary>
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

    /// <summary>Asks for the end; nothing happens when the job is over.</summary>
    public async Task CancelAsync()
    {
        _cancelRequested = true;
        try
        {
            await _cancellation.CancelAsync().ConfigureAwait(false);
        }
        catch (ObjectDisposedException)
        {
            // It ended just now.
        }
    }

    /// <summary>To be called once nothing works on it any more.</summary>
    public void EndRun() => _over.TrySetResult();

    public void Dispose()
    {
        log.Dispose();
        _cancellation.Dispose();
    }
}
