using System.Collections.Concurrent;
using System.Data.Common;
using Ilab.Engine.Errors;
using Ilab.Engine.Store.State;
using Ilab.Posix.Files;
using Microsoft.Extensions.Logging;

namespace Ilab.Engine.Jobs;

/// <summary>Jobs on disk: a row in the database, and a directory with the log and the handler's files.</summary>
internal sealed class JobStore(string folder, Database database, ILogger log)
{
    private const string CancelFile = "cancelled",
        RemovedFile = "removed",
        EventsFile = "events";
    private const int IdLength = 32;

    // Ends of jobs that could not be saved because of a full disk or damaged database; queries return them nevertheless.
    private readonly ConcurrentDictionary<string, JobRecord> _unsaved = new();

    private bool _hasFolder;

    public string Folder { get; } = folder;

    public string FolderOf(string id) => Path.Combine(Folder, id);

    /// <summary>The log of a job; creates it and its directory if necessary.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public JobLog OpenLog(string id)
    {
        if (!_hasFolder)
        {
            FileSystem.CreateDurableDirectory(Folder);
            _hasFolder = true;
        }

        return new JobLog(FolderOf(id));
    }

    public Task<List<JobRecord>> ReadAsync(Func<Microsoft.Data.Sqlite.SqliteConnection, List<JobRecord>> query, CancellationToken cancellationToken) =>
        database.ReadAsync(query, cancellationToken);

    /// <summary>The job created by an earlier request with this id; null if there is none.</summary>
    public Task<JobRecord?> FindRequestAsync(string requestId, CancellationToken cancellationToken) =>
        requestId.Length == 0
            ? Task.FromResult<JobRecord?>(null)
            : database.ReadAsync(connection => JobTable.ByRequestId(connection, requestId), cancellationToken);

    /// <summary>Inserts the row of a new job, unless an earlier request with this id created one.</summary>
    /// <returns>The earlier job; null = this one was inserted.</returns>
    /// <param name="mostUnfinished">Quota of its user, checked in the same transaction; null = unlimited.</param>
    /// <exception cref="EngineException">QUOTA_EXCEEDED.</exception>
    public Task<JobRecord?> InsertAsync(JobRecord job, string requestId, int? mostUnfinished, CancellationToken cancellationToken) =>
        database.WriteAsync(
            (connection, transaction) =>
            {
                if (requestId.Length > 0 && JobTable.ByRequestId(connection, requestId) is { } earlier)
                {
                    return earlier;
                }

                if (mostUnfinished is { } most && JobTable.UnfinishedOf(connection, job.Uid) is var unfinished && unfinished >= most)
                {
                    throw new EngineException(
                        ErrorKind.QuotaExceeded,
                        $"{unfinished} of at most {most} jobs are queued or running",
                        "wait for one with 'ilab job wait', or end one with 'ilab job cancel'; an admin can raise the quota"
                    );
                }

                JobTable.Insert(connection, transaction, job, requestId);
                return null;
            },
            cancellationToken
        );

    /// <summary>Updates the row from the log; returns whether that succeeded. Otherwise the next service does it from the log.</summary>
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

    /// <summary>Saves the end of a job, or remembers it until that succeeds.</summary>
    public async Task SaveEndAsync(JobRecord job)
    {
        _unsaved[job.Id] = job;
        await SaveAgainAsync(CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Retries the saves that failed.</summary>
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

    /// <summary>The state of an ended job, which may be newer than its row.</summary>
    public JobRecord Newest(JobRecord job) => _unsaved.GetValueOrDefault(job.Id, job);

    /// <summary>Removes the row, then the directory; a directory that is left behind is removed at the next start.</summary>
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
            // Already gone.
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            JobsLog.FolderNotRemoved(log, exception, FolderOf(id));
        }
    }

    /// <summary>
    /// Removes the directories of jobs without a row, if the service stopped while creating or removing them. Other directories without a row are kept, in case
    /// the database was lost.
    /// </summary>
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

    /// <summary>Whether the job is to be cancelled and has not been cleaned up yet.</summary>
    public bool IsCancelPending(string id) => File.Exists(Path.Combine(FolderOf(id), CancelFile));

    /// <summary>Makes the cancellation durable: the job stays cancelled, whenever the service stops.</summary>
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
            // A full disk must not prevent cancelling or removing a job.
            JobsLog.MarkNotWritten(log, exception, id, file);
        }
    }
}
