using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Ilab.Engine.Errors;
using Ilab.Engine.Events;
using Ilab.Engine.Store.Content;
using Ilab.Engine.Store.State;
using Microsoft.Extensions.Logging;

namespace Ilab.Engine.Jobs;

/// <summary>Durable work: asked for, watched, cancelled, waited for, removed. What was running when the service ended goes on when it starts.</summary>
public sealed partial class JobManager : IAsyncDisposable
{
    private const int ShortestPrefix = 4;

    private readonly string _folder;
    private readonly Database _database;
    private readonly EventBus _events;
    private readonly TimeProvider _time;
    private readonly ILogger<JobManager> _log;
    private readonly Dictionary<string, IJobHandler> _handlers;
    private readonly ConcurrentDictionary<string, RunningJob> _alive = new();
    private readonly ConcurrentDictionary<string, JobRecord> _unsaved = new();
    private readonly CancellationTokenSource _shutdown = new();

    public JobManager(ContentStore content, Database database, EventBus events, IEnumerable<IJobHandler> handlers, TimeProvider time, ILogger<JobManager> log)
    {
        _folder = Path.Combine(content.Root, "jobs");
        _database = database;
        _events = events;
        _time = time;
        _log = log;
        _handlers = handlers.ToDictionary(static handler => handler.Kind);
    }

    /// <summary>Jobs that are not over.</summary>
    public int Active => _alive.Count;

    /// <summary>Goes on with what an earlier service left.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var job in (await _database.ReadAsync(JobTable.All, cancellationToken).ConfigureAwait(false)).Where(static job => !JobStateMachine.IsOver(job.State)))
        {
            var log = new JobLog(FolderOf(job.Id));
            var running = new RunningJob(JobProjection.Of(job, log.Earlier), log);
            if (JobStateMachine.IsOver(running.Record.State))
            {
                // The log was written and the database was not: the log is the truth.
                await SaveAsync(running.Record, cancellationToken).ConfigureAwait(false);
                running.Dispose();
                continue;
            }

            _alive[job.Id] = running;
            if (running.Record.State == JobState.Running)
            {
                await ChangeAsync(running, JobState.Interrupted, "the service ended", "", null, cancellationToken).ConfigureAwait(false);
            }

            Start(running);
        }
    }

    /// <summary>Commits the request, then starts it.</summary>
    public async Task<JobRecord> CreateAsync(NewJob request, CancellationToken cancellationToken)
    {
        var job = new JobRecord
        {
            Id = Guid.NewGuid().ToString("N"),
            Kind = request.Kind,
            Title = request.Title,
            Request = request.Request,
            Created = _time.GetUtcNow(),
            Uid = request.Uid,
            Labels = request.Labels,
        };
        var known = await _database.WriteAsync(
            (connection, transaction) =>
            {
                if (request.RequestId.Length > 0 && JobTable.ByRequestId(connection, request.RequestId) is { } earlier)
                {
                    return earlier;
                }

                JobTable.Insert(connection, transaction, job, request.RequestId);
                return null;
            },
            cancellationToken).ConfigureAwait(false);
        if (known is not null)
        {
            return known;
        }

        var running = new RunningJob(job, new JobLog(FolderOf(job.Id)));
        _alive[job.Id] = running;
        running.Append(new JobEventRecord { Time = _time.GetUtcNow(), State = new JobStateChange(JobState.Queued, "", "", null) }, durable: true);
        _events.Publish("job", "create", job.Id, job.Title, ("kind", job.Kind));
        Start(running);
        return job;
    }

    /// <summary>Newest first.</summary>
    public async Task<IReadOnlyList<JobRecord>> ListAsync(CancellationToken cancellationToken)
    {
        await SaveAgainAsync(cancellationToken).ConfigureAwait(false);
        return await ReadAsync(JobTable.All, cancellationToken).ConfigureAwait(false);
    }

    /// <exception cref="EngineException">NOT_FOUND, AMBIGUOUS.</exception>
    public async Task<JobRecord> FindAsync(string idOrPrefix, CancellationToken cancellationToken)
    {
        if (idOrPrefix.Length < ShortestPrefix || !idOrPrefix.All(char.IsAsciiHexDigitLower))
        {
            throw NotFound(idOrPrefix);
        }

        var matches = await ReadAsync(connection => JobTable.ByPrefix(connection, idOrPrefix), cancellationToken).ConfigureAwait(false);
        return matches.Count switch
        {
            0 => throw NotFound(idOrPrefix),
            1 => matches[0].LastSequence > 0 ? matches[0] : WithSequence(matches[0]),
            _ => throw new EngineException(ErrorKind.Ambiguous, $"{idOrPrefix} fits {matches.Count} jobs: {string.Join(", ", matches.Take(5).Select(static job => job.Id[..12]))}", "give more of the id"),
        };
    }

    /// <summary>Events after <paramref name="fromSequence"/> - 1, and with <paramref name="follow"/> until the job is over.</summary>
    public async IAsyncEnumerable<JobEventRecord> WatchAsync(string idOrPrefix, ulong fromSequence, bool follow, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var job = await FindAsync(idOrPrefix, cancellationToken).ConfigureAwait(false);
        var next = Math.Max(fromSequence, 1);
        long position = 0;
        while (true)
        {
            var running = _alive.GetValueOrDefault(job.Id);
            var changed = running?.Changed;
            if (running is not null && JobStateMachine.IsOver(running.Record.State))
            {
                changed = null; // nothing comes after what the log has now
            }

            var over = false;
            foreach (var entry in JobLog.ReadOn(FolderOf(job.Id), ref position).Where(entry => entry.Sequence >= next).ToArray())
            {
                next = entry.Sequence + 1;
                over = entry.State is { } state && JobStateMachine.IsOver(state.State);
                yield return entry;
            }

            if (follow && !over && changed is null && await FindAsync(job.Id, cancellationToken).ConfigureAwait(false) is { Ended: { } ended } end)
            {
                // A full disk kept the end out of the log; those who wait for it must not wait for ever.
                yield return new JobEventRecord { Sequence = next, Time = ended, State = new JobStateChange(end.State, end.Error?.Message ?? "", end.Result, end.Error) };
            }

            if (!follow || over || changed is null)
            {
                yield break;
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Ends a job; returns when it has ended. One that is over stays as it is.</summary>
    public async Task<JobRecord> CancelAsync(string idOrPrefix, CancellationToken cancellationToken)
    {
        var job = await FindAsync(idOrPrefix, cancellationToken).ConfigureAwait(false);
        if (_alive.TryGetValue(job.Id, out var running))
        {
            await running.CancelAsync().ConfigureAwait(false);
            await running.Over.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        return await FindAsync(job.Id, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Returns when the job is over.</summary>
    public async Task<JobRecord> WaitAsync(string idOrPrefix, CancellationToken cancellationToken)
    {
        var job = await FindAsync(idOrPrefix, cancellationToken).ConfigureAwait(false);
        while (_alive.TryGetValue(job.Id, out var running) && !JobStateMachine.IsOver(running.Record.State))
        {
            var changed = running.Changed;
            if (!JobStateMachine.IsOver(running.Record.State))
            {
                await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        return await FindAsync(job.Id, cancellationToken).ConfigureAwait(false);
    }

    /// <exception cref="EngineException">IN_USE: it is not over, and <paramref name="force"/> was not said.</exception>
    public async Task<string> RemoveAsync(string idOrPrefix, bool force, CancellationToken cancellationToken)
    {
        var job = await FindAsync(idOrPrefix, cancellationToken).ConfigureAwait(false);
        if (!JobStateMachine.IsOver(job.State))
        {
            if (!force)
            {
                throw new EngineException(ErrorKind.InUse, $"job {job.Id[..12]} is not over", "cancel it first, or use --force");
            }

            job = await CancelAsync(job.Id, cancellationToken).ConfigureAwait(false);
        }

        await _database.WriteAsync((connection, transaction) => { JobTable.Delete(connection, transaction, job.Id); return 0; }, cancellationToken).ConfigureAwait(false);
        Directory.Delete(FolderOf(job.Id), recursive: true);
        return job.Id;
    }

    /// <summary>File with what a job measured, JSON Lines; null = it measures nothing, or has not begun to.</summary>
    public string? MetricsOf(JobRecord job)
    {
        var path = Path.Combine(FolderOf(job.Id), "train", Ilab.Runner.Contract.Training.TrainingFiles.Events);
        return File.Exists(path) ? path : null;
    }

    public string FolderOf(string id) => Path.Combine(_folder, id);

    /// <summary>Stops working; what runs goes on with the next service.</summary>
    public async ValueTask DisposeAsync()
    {
        await _shutdown.CancelAsync().ConfigureAwait(false);
        foreach (var running in _alive.Values.ToArray())
        {
            await running.Run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            running.Dispose();
        }

        _shutdown.Dispose();
    }

    private static EngineException NotFound(string id) => new(ErrorKind.NotFound, $"no job {id}", "'ilab job ls --all' shows what is there");

    private async Task<List<JobRecord>> ReadAsync(Func<Microsoft.Data.Sqlite.SqliteConnection, List<JobRecord>> query, CancellationToken cancellationToken)
    {
        for (var isSecond = false; ; isSecond = true)
        {
            var jobs = (await _database.ReadAsync(query, cancellationToken).ConfigureAwait(false)).ConvertAll(Newest);
            if (isSecond || jobs.TrueForAll(job => JobStateMachine.IsOver(job.State) || _alive.ContainsKey(job.Id)))
            {
                return jobs;
            }

            // One ended between the reading and the looking: what was read of it is old.
        }
    }

    /// <summary>What is known of a job beyond the database.</summary>
    private JobRecord Newest(JobRecord job) => _alive.TryGetValue(job.Id, out var running) ? running.Record : _unsaved.GetValueOrDefault(job.Id, job);

    private JobRecord WithSequence(JobRecord job) => job with { LastSequence = JobLog.ReadAll(FolderOf(job.Id)).LastOrDefault()?.Sequence ?? 0 };
}
