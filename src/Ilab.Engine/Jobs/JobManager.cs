using Ilab.Engine.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Events;
using Ilab.Engine.Secrets;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Store.Content;
using Ilab.Engine.Store.State;
using Ilab.Runner.Contract.Training;
using Microsoft.Extensions.Logging;

namespace Ilab.Engine.Jobs;

/// <summary>
/// Facade for durable jobs: create, watch, wait, cancel, remove. Jobs that were running when the service stopped resume when it starts. Implemented by <see
/// cref="JobAdmission"/>, <see cref="JobRunner"/>, <see cref="JobQueries"/> and <see cref="JobStore"/>.
/// </summary>
public sealed class JobManager : IAsyncDisposable
{
    private readonly SecretStore _secrets;
    private readonly LiveJobs _live = new();
    private readonly JobStore _store;
    private readonly JobRunner _runner;
    private readonly JobAdmission _admission;
    private readonly JobQueries _queries;

    public JobManager(
        ContentStore content,
        Database database,
        SecretStore secrets,
        EventBus events,
        IEnumerable<IJobHandler> handlers,
        TimeProvider time,
        ILogger<JobManager> log
    )
    {
        _secrets = secrets;
        var known = new JobHandlers(handlers);
        _store = new JobStore(FolderIn(content), database, log);
        _runner = new JobRunner(_store, _live, known, secrets, events, time, log);
        _admission = new JobAdmission(_store, _live, _runner, known, secrets, events, time);
        _queries = new JobQueries(_store, _live);
    }

    /// <summary>For garbage collection: protects the inputs of unfinished jobs.</summary>
    public static IBlobOwner Owner { get; } = new JobBlobs();

    /// <summary>Number of jobs that have not ended.</summary>
    public int Active => _live.Count;

    /// <summary>Resumes the jobs that an earlier service left.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var jobs = await _store.ReadAsync(JobTable.All, cancellationToken).ConfigureAwait(false);
        _store.DeleteOrphans(jobs.Select(static job => job.Id).ToHashSet());
        _secrets.ForgetJobsExcept(jobs.Where(static job => !JobStateMachine.IsOver(job.State)).Select(static job => job.Id).ToHashSet());
        foreach (var job in jobs)
        {
            await (JobStateMachine.IsOver(job.State) ? _runner.ClearAsync(job) : _runner.ResumeAsync(job, cancellationToken)).ConfigureAwait(false);
        }
    }

    /// <summary>Commits the request, then starts the job.</summary>
    /// <exception cref="EngineException">INVALID_ARGUMENT: rejected by the handler; DISK_FULL.</exception>
    public Task<JobRecord> CreateAsync(NewJob request, CancellationToken cancellationToken) => _admission.CreateAsync(request, cancellationToken);

    /// <summary>Newest first.</summary>
    public Task<IReadOnlyList<JobRecord>> ListAsync(CancellationToken cancellationToken) => _queries.ListAsync(cancellationToken);

    /// <exception cref="EngineException">NOT_FOUND, AMBIGUOUS.</exception>
    public Task<JobRecord> FindAsync(string idOrPrefix, CancellationToken cancellationToken) => _queries.FindAsync(idOrPrefix, cancellationToken);

    /// <summary>As above; only the owner's, or any for an admin.</summary>
    /// <exception cref="EngineException">Also PERMISSION_DENIED: it is someone else's.</exception>
    public async Task<JobRecord> FindOwnAsync(Caller caller, string idOrPrefix, CancellationToken cancellationToken)
    {
        var job = await FindAsync(idOrPrefix, cancellationToken).ConfigureAwait(false);
        caller.RequireOwner(job.Uid, $"job {job.Id[..12]}");
        return job;
    }

    /// <summary>Events starting at <paramref name="fromSequence"/>; with <paramref name="follow"/>, until the job ends.</summary>
    public IAsyncEnumerable<JobEventRecord> WatchAsync(string idOrPrefix, ulong fromSequence, bool follow, CancellationToken cancellationToken) =>
        _queries.WatchAsync(idOrPrefix, fromSequence, follow, cancellationToken);

    /// <summary>Returns when the job ends.</summary>
    public Task<JobRecord> WaitAsync(string idOrPrefix, CancellationToken cancellationToken) => _queries.WaitAsync(idOrPrefix, cancellationToken);

    /// <summary>Cancels a job and returns when it has ended. Does nothing if it has already ended.</summary>
    public Task<JobRecord> CancelAsync(string idOrPrefix, CancellationToken cancellationToken) => CancelAsync(Caller.Service, idOrPrefix, cancellationToken);

    /// <summary>As above, on behalf of a caller.</summary>
    /// <exception cref="EngineException">Also PERMISSION_DENIED: it is someone else's.</exception>
    public async Task<JobRecord> CancelAsync(Caller caller, string idOrPrefix, CancellationToken cancellationToken)
    {
        var job = await FindOwnAsync(caller, idOrPrefix, cancellationToken).ConfigureAwait(false);
        if (_live.Find(job.Id) is { } running)
        {
            await _runner.CancelAsync(running, cancellationToken).ConfigureAwait(false);
        }

        return await FindAsync(job.Id, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes a job and everything it left behind; a model that it produced stays.</summary>
    /// <exception cref="EngineException">IN_USE: it has not ended, and <paramref name="force"/> is false.</exception>
    public Task<string> RemoveAsync(string idOrPrefix, bool force, CancellationToken cancellationToken) =>
        RemoveAsync(Caller.Service, idOrPrefix, force, cancellationToken);

    /// <summary>As above, on behalf of a caller.</summary>
    /// <exception cref="EngineException">Also PERMISSION_DENIED: it is someone else's.</exception>
    public async Task<string> RemoveAsync(Caller caller, string idOrPrefix, bool force, CancellationToken cancellationToken)
    {
        var job = await FindOwnAsync(caller, idOrPrefix, cancellationToken).ConfigureAwait(false);
        if (!JobStateMachine.IsOver(job.State))
        {
            if (!force)
            {
                throw new EngineException(ErrorKind.InUse, $"job {job.Id[..12]} has not ended", "cancel it first, or use --force");
            }

            job = await CancelAsync(job.Id, cancellationToken).ConfigureAwait(false);
        }

        if (_live.Find(job.Id) is { } ending)
        {
            // It has ended but is still being cleaned up, which needs its directory.
            await ending.Over.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        if (job.State == JobState.Failed || _store.IsCancelPending(job.Id))
        {
            await _runner.DiscardAsync(job).ConfigureAwait(false);
        }

        await _store.DeleteAsync(job.Id, cancellationToken).ConfigureAwait(false);
        return job.Id;
    }

    /// <summary>The metrics file of a job (JSON Lines); null if it has none (yet).</summary>
    public string? MetricsOf(JobRecord job)
    {
        var path = Path.Combine(FolderOf(job.Id), "train", TrainingFiles.Events);
        return File.Exists(path) ? path : null;
    }

    public string FolderOf(string id) => _store.FolderOf(id);

    /// <summary>Where the directories of all jobs are.</summary>
    public static string FolderIn(ContentStore content) => Path.Combine(content.Root, "jobs");

    /// <summary>Stops; running jobs are resumed by the next service.</summary>
    public ValueTask DisposeAsync() => _runner.DisposeAsync();
}
