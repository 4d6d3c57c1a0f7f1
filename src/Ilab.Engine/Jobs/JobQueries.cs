using System.Runtime.CompilerServices;
using Ilab.Engine.Errors;
using Microsoft.Data.Sqlite;

namespace Ilab.Engine.Jobs;

/// <summary>Queries jobs: active ones from memory, others from the database.</summary>
internal sealed class JobQueries(JobStore store, LiveJobs live)
{
    private const int ShortestPrefix = 4;

    /// <summary>Newest first.</summary>
    public async Task<IReadOnlyList<JobRecord>> ListAsync(CancellationToken cancellationToken)
    {
        await store.SaveAgainAsync(cancellationToken).ConfigureAwait(false);
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
            _ => throw new EngineException(
                ErrorKind.Ambiguous,
                $"{idOrPrefix} matches {matches.Count} jobs: {string.Join(", ", matches.Take(5).Select(static job => job.Id[..12]))}",
                "use a longer prefix"
            ),
        };
    }

    /// <summary>Events starting at <paramref name="fromSequence"/>; with <paramref name="follow"/>, until the job ends.</summary>
    public async IAsyncEnumerable<JobEventRecord> WatchAsync(
        string idOrPrefix,
        ulong fromSequence,
        bool follow,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var job = await FindAsync(idOrPrefix, cancellationToken).ConfigureAwait(false);
        var next = Math.Max(fromSequence, 1);
        long position = 0;
        while (true)
        {
            var running = live.Find(job.Id);
            var changed = running?.Changed;
            if (running is not null && JobStateMachine.IsOver(running.Record.State))
            {
                changed = null; // no entries follow
            }

            var over = false;
            foreach (var entry in JobLog.ReadOn(store.FolderOf(job.Id), ref position).Where(entry => entry.Sequence >= next).ToArray())
            {
                next = entry.Sequence + 1;
                over = entry.State is { } state && JobStateMachine.IsOver(state.State);
                yield return entry;
            }

            if (follow && !over && changed is null && await FindAsync(job.Id, cancellationToken).ConfigureAwait(false) is { Ended: { } ended } end)
            {
                // A full disk kept the end out of the log; its watchers must not wait forever.
                yield return new JobEventRecord
                {
                    Sequence = next,
                    Time = ended,
                    State = new JobStateChange(end.State, end.Error?.Message ?? "", end.Result, end.Error),
                };
            }

            if (!follow || over || changed is null)
            {
                yield break;
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Returns when the job ends.</summary>
    public async Task<JobRecord> WaitAsync(string idOrPrefix, CancellationToken cancellationToken)
    {
        var job = await FindAsync(idOrPrefix, cancellationToken).ConfigureAwait(false);
        while (live.Find(job.Id) is { } running && !JobStateMachine.IsOver(running.Record.State))
        {
            var changed = running.Changed;
            if (!JobStateMachine.IsOver(running.Record.State))
            {
                await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        return await FindAsync(job.Id, cancellationToken).ConfigureAwait(false);
    }

    private static EngineException NotFound(string id) => new(ErrorKind.NotFound, $"no such job: {id}", "'ilab job ls --all' lists all jobs");

    private async Task<List<JobRecord>> ReadAsync(Func<SqliteConnection, List<JobRecord>> query, CancellationToken cancellationToken)
    {
        for (var isSecond = false; ; isSecond = true)
        {
            var jobs = (await store.ReadAsync(query, cancellationToken).ConfigureAwait(false)).ConvertAll(Newest);
            if (isSecond || jobs.TrueForAll(job => JobStateMachine.IsOver(job.State) || live.Find(job.Id) is not null))
            {
                return jobs;
            }

            // The job ended after the row was read: the row is outdated.
        }
    }

    /// <summary>The current state of a job, which may be newer than its row.</summary>
    private JobRecord Newest(JobRecord job) => live.Find(job.Id) is { } running ? running.Record : store.Newest(job);

    private JobRecord WithSequence(JobRecord job) => job with { LastSequence = JobLog.ReadAll(store.FolderOf(job.Id)).LastOrDefault()?.Sequence ?? 0 };
}
