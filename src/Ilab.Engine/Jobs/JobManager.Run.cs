using Ilab.Engine.Errors;
using Ilab.Posix.Files;

namespace Ilab.Engine.Jobs;

public sealed partial class JobManager
{
    private void Start(RunningJob running) => running.Run = Task.Run(() => RunAsync(running));

    private async Task RunAsync(RunningJob running)
    {
        try
        {
            await WorkAsync(running).ConfigureAwait(false);
        }
        finally
        {
            running.EndRun();
        }
    }

    private async Task WorkAsync(RunningJob running)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(running.Cancelled, _shutdown.Token);
        var job = running.Record;
        try
        {
            if (!_handlers.TryGetValue(job.Kind, out var handler))
            {
                throw new EngineException(ErrorKind.Unsupported, $"this ilabd has no jobs of kind {job.Kind}", "it may be older than the one that made the job");
            }

            stop.Token.ThrowIfCancellationRequested();
            await ChangeAsync(running, JobState.Running, "", "", null, CancellationToken.None).ConfigureAwait(false);
            var result = await handler.RunAsync(ContextOf(running), stop.Token).ConfigureAwait(false);
            await FinishAsync(running, JobState.Succeeded, result, null).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (running.CancelRequested)
        {
            await DiscardAsync(running).ConfigureAwait(false);
            await FinishAsync(running, JobState.Cancelled, "", new JobError(ErrorKind.Cancelled, "cancelled", "")).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_shutdown.IsCancellationRequested)
        {
            // The state stays Running: the next service finds it so and goes on.
        }
        catch (EngineException exception)
        {
            await FinishAsync(running, JobState.Failed, "", new JobError(exception.Kind, exception.Message, exception.Hint)).ConfigureAwait(false);
        }
        catch (IOException exception) when (FileSystem.IsDiskFull(exception))
        {
            await FinishAsync(running, JobState.Failed, "", new JobError(ErrorKind.DiskFull, $"no space left in {_folder}", "free some with 'ilab system prune', or move the store")).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            JobsLog.HandlerFailed(_log, exception, job.Id, job.Kind);
            await FinishAsync(running, JobState.Failed, "", new JobError(ErrorKind.Internal, $"{exception.GetType().Name}: {exception.Message}", "the log of ilabd says more")).ConfigureAwait(false);
        }
    }

    private JobContext ContextOf(RunningJob running) =>
        new(running.Record, FolderOf(running.Record.Id), transfer => Progress(running, transfer), (level, text) => Say(running, level, text));

    private async Task DiscardAsync(RunningJob running)
    {
        try
        {
            await _handlers[running.Record.Kind].DiscardAsync(ContextOf(running), CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or EngineException)
        {
            JobsLog.NotDiscarded(_log, exception, running.Record.Id);
        }
    }

    private async Task FinishAsync(RunningJob running, JobState state, string result, JobError? error)
    {
        await ChangeAsync(running, state, error?.Message ?? "", result, error, CancellationToken.None).ConfigureAwait(false);
        // Whoever asks sees the end even when neither the log nor the database could take it.
        _unsaved[running.Record.Id] = running.Record;
        await SaveAgainAsync(CancellationToken.None).ConfigureAwait(false);
        var action = state switch { JobState.Succeeded => "succeed", JobState.Cancelled => "cancel", _ => "fail" };
        _events.Publish("job", action, running.Record.Id, running.Record.Title, ("kind", running.Record.Kind), ("reason", error?.Message ?? ""));
        // Last: a service that ends waits for those that are alive.
        _alive.TryRemove(running.Record.Id, out _);
        running.Dispose();
    }

    private async Task ChangeAsync(RunningJob running, JobState state, string reason, string result, JobError? error, CancellationToken cancellationToken)
    {
        JobStateMachine.Check(running.Record.State, state);
        var entry = new JobEventRecord { Time = _time.GetUtcNow(), State = new JobStateChange(state, reason, result, error) };
        var (changed, written) = running.Append(entry, durable: true);
        if (!written)
        {
            JobsLog.NotWritten(_log, running.Record.Id, state);
        }

        if (!JobStateMachine.IsOver(state))
        {
            await SaveAsync(changed, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Writes the ends of jobs that a full disk did not take.</summary>
    private async Task SaveAgainAsync(CancellationToken cancellationToken)
    {
        foreach (var job in _unsaved.Values)
        {
            if (await SaveAsync(job, cancellationToken).ConfigureAwait(false))
            {
                _unsaved.TryRemove(job.Id, out _);
            }
        }
    }

    private async Task<bool> SaveAsync(JobRecord job, CancellationToken cancellationToken)
    {
        try
        {
            await _database.WriteAsync((connection, transaction) => { JobTable.Update(connection, transaction, job); return 0; }, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (EngineException exception) when (exception.Kind == ErrorKind.DiskFull)
        {
            JobsLog.NotWritten(_log, job.Id, job.State); // the log of the job has it, or the job runs once more
            return false;
        }
    }

    private void Progress(RunningJob running, Store.Catalog.Transfer transfer) => running.Append(new JobEventRecord { Time = _time.GetUtcNow(), Progress = transfer }, durable: false);

    private void Say(RunningJob running, string level, string text) => running.Append(new JobEventRecord { Time = _time.GetUtcNow(), Log = new JobLogLine(level, text) }, durable: false);
}
