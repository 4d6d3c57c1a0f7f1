using Ilab.Engine.Errors;
using Ilab.Engine.Events;
using Ilab.Engine.Store.Content;
using Ilab.Engine.Store.State;
using Ilab.Runner.Contract.Training;
using Microsoft.Extensions.Logging;

namespace Ilab.Engine.Jobs;

/// <summary>
/// Durable work: asked for, watched, cancelled, waited for, removed. What was running when the service ended goes on when it starts. This is the door; the work
/// is
/// done by <see cref="JobAdmission"/>, <see cref="JobRunner"/>, <see cref="JobQueries"/> and <see cref="JobStore"/>.
/// </summary>
public sealed class JobManager : IAsyncDisposable
{
    private readonly LiveJobs _live = new();
    private readonly JobStore _store;
    private readonly JobRunner _runner;
    private readonly JobAdmission _admission;
    private readonly JobQueries _queries;

    public JobManager(ContentStore content, Database database, EventBus events, IEnumerable<IJobHandler> handlers, TimeProvider time, ILogger<JobManager> log)
    {
        var known = new JobHandlers(handlers);
        _store = new JobStore(Path.Combine(content.Root, "jobs"), database, log);
        _runner = new JobRunner(_store, _live, known, events, time, log);
        _admission = new JobAdmission(_store, _live, _runner, known, events, time);
        _queries = new JobQueries(_store, _live);
    }

    /// <summary>Jobs that are not over.</summary>
    public int Active => _live.Count;

    /// <summary>Goes on with what an earlier service left.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var jobs = await _store.ReadAsync(JobTable.All, cancellationToken).ConfigureAwait(false);
        _store.DeleteOrphans(jobs.Select(static job => job.Id).ToHashSet());
        foreach (var job in jobs)
        {
            await (JobStateMachine.IsOver(job.State) ? _runner.ClearAsync(job) : _runner.ResumeAsync(job, cancellationToken)).ConfigureAwait(false);
        }
    }

    /// <summary>Commits the request, then starts it.</summary>
    /// <exception cref="EngineException">INVALID_ARGUMENT: the handler says that it cannot be done; DISK_FULL.</exception>
    public Task<JobRecord> CreateAsync(NewJob request, CancellationToken cancellationToken) => _admission.CreateAsync(request, cancellationToken);

    /// <summary>Newest first.</summary>
    public Task<IReadOnlyList<JobRecord>> ListAsync(CancellationToken cancellationToken) => _queries.ListAsync(cancellationToken);

    /// <exception cref="EngineException">NOT_FOUND, AMBIGUOUS.</exception>
    public Task<JobRecord> FindAsync(string idOrPrefix, CancellationToken cancellationToken) => _queries.FindAsync(idOrPrefix, cancellationToken);

    /// <summary>Events after <paramref name="fromSequence"/> - 1, and with <paramref name="follow"/> until the job is over.</summary>
    public IAsyncEnumerable<JobEventRecord> WatchAsync(string idOrPrefix, ulong fromSequence, bool follow, CancellationToken cancellationToken) =>
        _queries.WatchAsync(idOrPrefix, fromSequence, follow, cancellationToken);

    /// <summary>Returns when the job is over.</summary>
    public Task<JobRecord> WaitAsync(string idOrPrefix, CancellationToken cancellationToken) => _queries.WaitAsync(idOrPrefix, cancellationToken);

    /// <summary>Ends a job; returns when it has ended. One that is over stays as it is.</summary>
    public async Task<JobRecord> CancelAsync(string idOrPrefix, CancellationToken cancellationToken)
    {
        var job = await FindAsync(idOrPrefix, cancellationToken).ConfigureAwait(false);
        if (_live.Find(job.Id) is { } running)
        {
            await _runner.CancelAsync(running, cancellationToken).ConfigureAwait(false);
        }

        return await FindAsync(job.Id, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes a job with everything that it left; a model that it made stays.</summary>
    /// <exception cref="EngineException">IN_USE: it is not over, and <paramref name="force"/> was not said.</exception>
    public async Task<string> RemoveAsync(string idOrPrefix, bool force, CancellationToken cancellationToken)
    {
        var job = await FindAsync(idOrPrefix, cancellationToken).ConfigureAwait(false);
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
            // Its end is known and it is being cleared away: that needs its folder.
            await ending.Over.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        if (job.State == JobState.Failed || _store.IsCancelPending(job.Id))
        {
            await _runner.DiscardAsync(job).ConfigureAwait(false);
        }

        await _store.DeleteAsync(job.Id, cancellationToken).ConfigureAwait(false);
        return job.Id;
    }

    /// <summary>File with what a job measured, JSON Lines; null = it measures nothing, or has not begun to.</summary>
    public string? MetricsOf(JobRecord job)
    {
        var path = Path.Combine(FolderOf(job.Id), "train", TrainingFiles.Events);
        return File.Exists(path) ? path : null;
    }

    public string FolderOf(string id) => _store.FolderOf(id);

    /// <summary>Stops working; what runs goes on with the next service.</summary>
    public ValueTask DisposeAsync() => _runner.DisposeAsync();
}
