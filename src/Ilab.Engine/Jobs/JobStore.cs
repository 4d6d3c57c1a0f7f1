using System.Collections.Concurrent;
using System.Data.Common;
using Ilab.Engine.Errors;
using Ilab.Engine.Store.State;
using Ilab.Posix.Files;
using Microsoft.Extensions.Logging;

namespace Ilab.Engine.Jobs;

/// <summary>What of jobs is on disk: a row in the database, and a folder with the log and whatever the handler keeps.</summary>
internal sealed class JobStore(string folder, Database database, ILogger log)
{
    private const string CancelFile = "cancelled",
        RemovedFile = "removed",
        EventsFile = "events";
    private const int IdLength = 32;

    // Ends of jobs that neither a full disk nor a damaged database took: those who ask see them nevertheless.
    private readonly ConcurrentDictionary<string, JobRecord> _unsaved = new();

    public string Folder { get; } = folder;

    public string FolderOf(string id) => Path.Combine(Folder, id);

    /// <summary>A job's log; made, with its folder, when it is not there.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public JobLog OpenLog(string id) => new(FolderOf(id));

    public Task<List<JobRecord>> ReadAsync(Func<Microsoft.Data.Sqlite.SqliteConnection, List<JobRecord>> query, CancellationToken cancellationToken) =>
        database.ReadAsync(query, cancellationToken);

    /// <summary>The job that an earlier request with this id made; null = there is none.</summary>
    public Task<JobRecord?> FindRequestAsync(string requestId, CancellationToken cancellationToken) =>
        requestId.Length == 0
            ? Task.FromResult<JobRecord?>(null)
            : database.ReadAsync(connection => JobTable.ByRequestId(connection, requestId), cancellationToken);

    /// <summary>Commits the row of a new job, unless the request made one before.</summary>
    /// <returns>The earlier job; null = this one was inserted.</returns>
    public Task<JobRecord?> InsertAsync(JobRecord job, string requestId, CancellationToken cancellationToken) =>
        database.WriteAsync(
            (connection, transaction) =>
            {
                if (requestId.Length > 0 && JobTable.ByRequestId(connection, requestId) is { } earlier)
                {
                    return earlier;
                }

                JobTable.Insert(connection, transaction, job, requestId);
                return null;
            },
            cancellationToken
        );

    /// <summary>Brings the row up to the log; true when that was possible. Otherwise the log has it, and the next service tries again.</summary>
    public async Task<bool> SaveAsync(JobRecord job, CancellationToken cancellationToken)
    {
        try
        {
            await database
                .WriteAsync(
                    (connection, transaction) =>
                    {
                        JobTable.Update(connection, transaction, job);
                        return 0;
                    },
                    cancellationToken
                )
                .ConfigureAwait(false);
            return true;
        }
        catch (Exception exception) when (exception is EngineException or DbException or ObjectDisposedException)
        {
            JobsLog.NotWritten(log, exception, job.Id, job.State);
            return false;
        }
    }

    /// <summary>Saves the end of a job, and remembers it until that was possible.</summary>
    public async Task SaveEndAsync(JobRecord job)
    {
        _unsaved[job.Id] = job;
        await SaveAgainAsync(CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Tries those again that could not be saved.</summary>
    public async Task SaveAgainAsync(CancellationToken cancellationToken)
    {
        foreach (var job in _unsaved.Values)
        {
            if (await SaveAsync(job, cancellationToken).ConfigureAwait(false))
            {
                _unsaved.TryRemove(job.Id, out _);
            }
        }
    }

    /// <summary>What is known of a job that is over, beyond its row.</summary>
    public JobRecord Newest(JobRecord job) => _unsaved.GetValueOrDefault(job.Id, job);

    /// <summary>Removes the row, then the folder; a folder that is left behind goes at the next start.</summary>
    public async Task DeleteAsync(string id, CancellationToken cancellationToken)
    {
        Mark(id, RemovedFile);
        await database
            .WriteAsync(
                (connection, transaction) =>
                {
                    JobTable.Delete(connection, transaction, id);
                    return 0;
                },
                cancellationToken
            )
            .ConfigureAwait(false);
        _unsaved.TryRemove(id, out _);
        DeleteFolder(id);
    }

    public void DeleteFolder(string id)
    {
        try
        {
            Directory.Delete(FolderOf(id), recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // It is gone already.
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            JobsLog.FolderNotRemoved(log, exception, FolderOf(id));
        }
    }

    /// <summary>Removes the folders of jobs that have no row because the service ended while they were made or removed. Others that have none are kept: a
    /// database
    /// that was lost must not take what is left with it.</summary>
    public void DeleteOrphans(IReadOnlySet<string> known)
    {
        var names = Directory.Exists(Folder) ? Directory.GetDirectories(Folder).Select(Path.GetFileName).OfType<string>() : [];
        foreach (
            var id in names.Where(name => name.Length == IdLength && name.All(char.IsAsciiHexDigitLower) && !known.Contains(name) && IsLeftover(FolderOf(name)))
        )
        {
            DeleteFolder(id);
        }
    }

    /// <summary>Whether somebody wants the end of a job and its traces are not cleared away yet.</summary>
    public bool IsCancelPending(string id) => File.Exists(Path.Combine(FolderOf(id), CancelFile));

    /// <summary>Makes the wish durable: a job that was cancelled stays cancelled, whenever the service ends.</summary>
    public void RecordCancel(string id) => Mark(id, CancelFile);

    public void ForgetCancel(string id)
    {
        if (Directory.Exists(FolderOf(id)))
        {
            File.Delete(Path.Combine(FolderOf(id), CancelFile));
        }
    }

    private static bool IsLeftover(string folder) =>
        File.Exists(Path.Combine(folder, RemovedFile)) || Directory.EnumerateFileSystemEntries(folder).All(static path => Path.GetFileName(path) == EventsFile);

    private void Mark(string id, string file)
    {
        try
        {
            AtomicFile.Write(Path.Combine(FolderOf(id), file), []);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A full disk must not keep anybody from cancelling or removing a job.
            JobsLog.MarkNotWritten(log, exception, id, file);
        }
    }
}
