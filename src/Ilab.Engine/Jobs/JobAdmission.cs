using Ilab.Engine.Errors;
using Ilab.Engine.Events;
using Ilab.Engine.Secrets;

namespace Ilab.Engine.Jobs;

/// <summary>Accepts job requests: validates them, makes them durable, and starts the job.</summary>
internal sealed class JobAdmission(
    JobStore store,
    LiveJobs live,
    JobRunner runner,
    JobHandlers handlers,
    SecretStore secrets,
    EventBus events,
    TimeProvider time
)
{
    /// <summary>
    /// Returns once the request is durable, which is when its row is. The log is created before the row: if that fails, no row is left that would never run; a
    /// log without a row is removed at the next start. The log's first entry says no more than the row, so it need not be durable.
    /// </summary>
    /// <exception cref="EngineException">INVALID_ARGUMENT: the request is invalid; DISK_FULL.</exception>
    public async Task<JobRecord> CreateAsync(NewJob request, CancellationToken cancellationToken)
    {
        if (await store.FindRequestAsync(request.RequestId, cancellationToken).ConfigureAwait(false) is { } earlier)
        {
            return Mine(earlier, request);
        }

        var secret = request.Secret is { Length: > 0 } value ? SecretStore.Check(value) : null;
        handlers.Find(request.Kind)?.Validate(request.Request);
        var job = new JobRecord
        {
            Id = Guid.NewGuid().ToString("N"),
            Kind = request.Kind,
            Title = request.Title,
            Request = request.Request,
            Created = time.GetUtcNow(),
            Uid = request.Caller.Uid,
            IsAdmin = request.Caller.IsAdmin,
            Labels = request.Labels,
        };
        var log = OpenLog(job);
        try
        {
            if (secret is not null)
            {
                secrets.PutForJob(job.Id, secret);
            }

            if (await store.InsertAsync(job, request.RequestId, request.Caller.MostJobs, cancellationToken).ConfigureAwait(false) is { } other)
            {
                Forget(job, log);
                return Mine(other, request);
            }
        }
        catch
        {
            Forget(job, log);
            throw;
        }

        live.Add(new RunningJob(job, log));
        events.Publish("job", "create", job.Id, job.Title, ("kind", job.Kind), EngineEvent.OwnedBy(job.Uid));
        runner.Start(live.Find(job.Id)!);
        return job;
    }

    private JobLog OpenLog(JobRecord job)
    {
        JobLog? log = null;
        try
        {
            log = store.OpenLog(job.Id);
            log.Append(new JobEventRecord { Time = job.Created, State = new JobStateChange(JobState.Queued, "", "", null) }, durable: false);
            return log;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            log?.Dispose();
            store.DeleteFolder(job.Id);
            throw exception is IOException full && Posix.Files.FileSystem.IsDiskFull(full)
                ? JobFailures.DiskFull(store.Folder, exception)
                : new EngineException(
                    ErrorKind.Internal,
                    $"cannot create the job directory in {store.Folder}: {exception.Message}",
                    "check its permissions",
                    exception
                );
        }
    }

    private void Forget(JobRecord job, JobLog log)
    {
        log.Dispose();
        store.DeleteFolder(job.Id);
        secrets.ForgetJob(job.Id);
    }

    /// <summary>An earlier request with the same id is the same request only if the same user made it.</summary>
    private static JobRecord Mine(JobRecord earlier, NewJob request) =>
        earlier.Uid == request.Caller.Uid
            ? earlier
            : throw new EngineException(ErrorKind.AlreadyExists, $"the request id {request.RequestId} is in use", "use another one");
}
