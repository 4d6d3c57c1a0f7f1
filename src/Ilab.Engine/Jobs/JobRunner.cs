using Ilab.Engine.Errors;
using Ilab.Engine.Events;
using Ilab.Engine.Secrets;
using Microsoft.Extensions.Logging;

namespace Ilab.Engine.Jobs;

/// <summary>Runs jobs with their handlers and records their end. Every job reaches an end, whatever its handler throws.</summary>
internal sealed class JobRunner(JobStore store, LiveJobs live, JobHandlers handlers, SecretStore secrets, EventBus events, TimeProvider time, ILogger log)
    : IAsyncDisposable
{
    private readonly CancellationTokenSource _shutdown = new();

    public void Start(RunningJob running) => running.Run = Task.Run(() => RunAsync(running));

    /// <summary>Resumes a job that an earlier service left.</summary>
    public async Task ResumeAsync(JobRecord job, CancellationToken cancellationToken)
    {
        var jobLog = store.OpenLog(job.Id);
        var running = new RunningJob(JobProjection.Of(job, jobLog.Earlier), jobLog);
        if (JobStateMachine.IsOver(running.Record.State))
        {
            // The log was written, the database was not: the log is authoritative.
            await store.SaveAsync(running.Record, cancellationToken).ConfigureAwait(false);
            running.Dispose();
            await ClearAsync(running.Record).ConfigureAwait(false);
            await TellEndAsync(running.Record).ConfigureAwait(false);
            return;
        }

        live.Add(running);
        if (running.Record.State == JobState.Running)
        {
            await ChangeAsync(running, JobState.Interrupted, new JobStateChange(JobState.Interrupted, "the service stopped", "", null)).ConfigureAwait(false);
        }

        if (store.IsCancelPending(job.Id))
        {
            await running.CancelAsync().ConfigureAwait(false);
        }

        Start(running);
    }

    /// <summary>Requests cancellation durably; returns when the job has ended and is cleaned up.</summary>
    public async Task CancelAsync(RunningJob running, CancellationToken cancellationToken)
    {
        store.RecordCancel(running.Record.Id);
        await running.CancelAsync().ConfigureAwait(false);
        await running.Over.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Cleans up after a cancelled job, if the service stopped before that was done.</summary>
    public async Task ClearAsync(JobRecord job)
    {
        if (store.IsCancelPending(job.Id))
        {
            if (job.State == JobState.Cancelled)
            {
                await DiscardAsync(job).ConfigureAwait(false);
            }

            store.ForgetCancel(job.Id);
        }
    }

    /// <summary>Lets the handler clean up what a job left outside its directory; failures are logged.</summary>
    public async Task DiscardAsync(JobRecord job)
    {
        if (handlers.Find(job.Kind) is not { } handler)
        {
            return;
        }

        try
        {
            await handler
                .DiscardAsync(
                    new JobContext(job, store.FolderOf(job.Id), static _ => { }, static (_, _) => { }, new JobSecrets(secrets, job)),
                    CancellationToken.None
                )
                .ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // Leftovers waste space but must not keep the job from ending.
            JobsLog.NotDiscarded(log, exception, job.Id);
        }
    }

    /// <summary>Stops; running jobs are resumed by the next service.</summary>
    public async ValueTask DisposeAsync()
    {
        await _shutdown.CancelAsync().ConfigureAwait(false);
        foreach (var running in live.All)
        {
            await running.Run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            running.Dispose();
        }

        _shutdown.Dispose();
    }

    private async Task RunAsync(RunningJob running)
    {
        try
        {
            if (await WorkAsync(running).ConfigureAwait(false) is { } end)
            {
                await FinishAsync(running, end).ConfigureAwait(false);
            }
        }
        catch (Exception exception)
        {
            // A bug in this class: without an end, the job would appear to run until the next start.
            JobsLog.HandlerFailed(log, exception, running.Record.Id, running.Record.Kind);
            running.Force(new JobEventRecord { Time = time.GetUtcNow(), State = Failed(exception, new JobSecrets(secrets, running.Record)) });
            await store.SaveEndAsync(running.Record).ConfigureAwait(false);
        }
        finally
        {
            if (JobStateMachine.IsOver(running.Record.State))
            {
                // Shutdown waits for active jobs.
                live.Remove(running.Record.Id);
                running.Dispose();
            }

            running.EndRun();
        }
    }

    /// <returns>How the job ended; null if the service is stopping, and the next one resumes the job.</returns>
    private async Task<JobStateChange?> WorkAsync(RunningJob running)
    {
        var hidden = new JobSecrets(secrets, running.Record);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(running.Cancelled, _shutdown.Token);
        try
        {
            stop.Token.ThrowIfCancellationRequested();
            var handler = handlers.Require(running.Record.Kind);
            await ChangeAsync(running, JobState.Running, new JobStateChange(JobState.Running, "", "", null)).ConfigureAwait(false);
            var result = await handler.RunAsync(ContextOf(running, hidden), stop.Token).ConfigureAwait(false);
            return new JobStateChange(JobState.Succeeded, "", result, null);
        }
        catch (OperationCanceledException) when (running.CancelRequested)
        {
            return new JobStateChange(JobState.Cancelled, "cancelled", "", new JobError(ErrorKind.Cancelled, "cancelled", ""));
        }
        catch (OperationCanceledException) when (_shutdown.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception exception)
        {
            if (exception is not EngineException)
            {
                JobsLog.HandlerFailed(log, hidden.Hide(exception), running.Record.Id, running.Record.Kind);
            }

            return Failed(exception, hidden);
        }
    }

    // The end is durable before cleanup starts: a service that is killed in between resumes the cleanup, not the job.
    private async Task FinishAsync(RunningJob running, JobStateChange end)
    {
        await ChangeAsync(running, end.State, end).ConfigureAwait(false);
        await store.SaveEndAsync(running.Record).ConfigureAwait(false);
        if (end.State == JobState.Cancelled)
        {
            await DiscardAsync(running.Record).ConfigureAwait(false);
        }

        await TellEndAsync(running.Record).ConfigureAwait(false);
        store.ForgetCancel(running.Record.Id);
        secrets.ForgetJob(running.Record.Id);
        var action = end.State switch
        {
            JobState.Succeeded => "succeed",
            JobState.Cancelled => "cancel",
            _ => "fail",
        };
        events.Publish(
            "job",
            action,
            running.Record.Id,
            running.Record.Title,
            ("kind", running.Record.Kind),
            ("reason", end.Reason),
            EngineEvent.OwnedBy(running.Record.Uid)
        );
    }

    private async Task TellEndAsync(JobRecord job)
    {
        try
        {
            await (handlers.Find(job.Kind)?.EndedAsync(job) ?? Task.CompletedTask).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            JobsLog.NotDiscarded(log, exception, job.Id); // as above
        }
    }

    private async Task ChangeAsync(RunningJob running, JobState state, JobStateChange change)
    {
        JobStateMachine.Check(running.Record.State, state);
        // What a job came to must never be lost; that it began, the row says as durably as need be.
        var isEnd = JobStateMachine.IsOver(change.State);
        var (changed, failure) = running.Append(new JobEventRecord { Time = time.GetUtcNow(), State = change }, durable: isEnd);
        if (failure is not null)
        {
            JobsLog.NotWritten(log, failure, running.Record.Id, state);
        }

        if (!JobStateMachine.IsOver(state))
        {
            await store.SaveAsync(changed, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private JobStateChange Failed(Exception exception, JobSecrets hidden)
    {
        var error = hidden.Hide(JobFailures.Of(exception, store.Folder));
        return new JobStateChange(JobState.Failed, error.Message, "", error);
    }

    private JobContext ContextOf(RunningJob running, JobSecrets hidden) =>
        new(
            running.Record,
            store.FolderOf(running.Record.Id),
            transfer => running.Append(new JobEventRecord { Time = time.GetUtcNow(), Progress = transfer }, durable: false),
            (level, text) => running.Append(new JobEventRecord { Time = time.GetUtcNow(), Log = new JobLogLine(level, text) }, durable: false),
            hidden
        );
}
