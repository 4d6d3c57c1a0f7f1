using Dapper;
using Ilab.Engine.Errors;
using Ilab.Engine.Hosting;
using Microsoft.Data.Sqlite;

namespace Ilab.Engine.Store.State;

/// <summary>
/// The metadata: one SQLite file with a write-ahead log. Writes go one at a time and are on disk when they return; reads run beside them.
/// </summary>
public sealed class Database : IDisposable
{
    private const int Damaged = 11;
    private const int Full = 13;
    private const int NotADatabase = 26;

    private readonly string _connectionString;
    private readonly SqliteConnection _writer;
    private readonly SemaphoreSlim _writing = new(1, 1);
    private long _version;

    public Database(EngineOptions options)
    {
        SqliteLibrary.Initialize();
        FilePath = Path.Combine(options.StoreDirectory, "ilab.db");
        Directory.CreateDirectory(options.StoreDirectory);
        _connectionString = new SqliteConnectionStringBuilder { DataSource = FilePath, ForeignKeys = true, DefaultTimeout = 30 }.ToString();
        SqliteConnection? writer = null;
        try
        {
            _writer = writer = Open();
            _writer.Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
            Migrate();
        }
        catch (Exception exception)
        {
            writer?.Dispose();
            SqliteConnection.ClearAllPools(); // nothing of it stays open
            if (exception is SqliteException failure)
            {
                throw Unusable(failure);
            }

            throw;
        }
    }

    public string FilePath { get; }

    /// <summary>E.g. <c>SQLite 3.53.3</c>.</summary>
    public string Description => $"SQLite {_writer.ServerVersion}";

    /// <summary>Rises with every write: what was read before a version is still true while it stays. This process is the only one that writes.</summary>
    public long Version => Volatile.Read(ref _version);

    public Task<T> ReadAsync<T>(Func<SqliteConnection, T> read, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            using var connection = Open();
            return Task.FromResult(read(connection));
        }
        catch (SqliteException exception) when (exception.SqliteErrorCode is Damaged or NotADatabase)
        {
            throw Unusable(exception);
        }
    }

    /// <summary>Runs in one transaction; it is committed when <paramref name="write"/> returns and undone when it throws.</summary>
    public async Task<T> WriteAsync<T>(Func<SqliteConnection, SqliteTransaction, T> write, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            using var transaction = _writer.BeginTransaction(deferred: false);
            var result = write(_writer, transaction);
            transaction.Commit();
            Interlocked.Increment(ref _version);
            return result;
        }
        catch (SqliteException exception) when (exception.SqliteErrorCode is Full or Damaged or NotADatabase || IsWriteFailure(exception))
        {
            throw Unusable(exception);
        }
        finally
        {
            _writing.Release();
        }
    }

    public void Dispose()
    {
        _writer.Dispose();
        SqliteConnection.ClearAllPools();
        _writing.Dispose();
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection(_connectionString);
        connection.Open();
        return connection;
    }

    private string BackupOf(int shape) => $"{FilePath}.shape-{shape}";

    private static bool IsWriteFailure(SqliteException exception) => exception.SqliteExtendedErrorCode is 778 or 4874; // SQLITE_IOERR_WRITE, _SHMSIZE: what a full disk gives beside SQLITE_FULL

    private EngineException Unusable(SqliteException exception) =>
        exception.SqliteErrorCode == Full || IsWriteFailure(exception)
            ? new EngineException(ErrorKind.DiskFull, $"no space left for the database {FilePath}", "free some with 'ilab system prune', or move the store", exception)
            : new EngineException(ErrorKind.Corrupt, $"the database {FilePath} cannot be used: {exception.Message}", "restore it, or move it away: 'ilab model import' finds the blobs again", exception);

    private void Migrate()
    {
        var version = _writer.ExecuteScalar<int>("PRAGMA user_version");
        var newest = Migrations.AllMigrations.InOrder[^1].Version;
        if (version > newest)
        {
            throw new EngineException(ErrorKind.Unsupported, $"the database {FilePath} was made by a newer ilabd (shape {version}, this one knows {newest})", File.Exists(BackupOf(newest)) ? $"run the newer version, or put the backup {BackupOf(newest)} in its place" : "run the newer version");
        }

        if (version > 0 && version < newest)
        {
            // The way back: an older ilabd does not read the new shape.
            File.Delete(BackupOf(version));
            _writer.Execute("VACUUM INTO @path", new { path = BackupOf(version) });
        }

        foreach (var migration in Migrations.AllMigrations.InOrder.Where(migration => migration.Version > version))
        {
            using var transaction = _writer.BeginTransaction(deferred: false);
            _writer.Execute(migration.Sql, transaction: transaction);
            _writer.Execute($"PRAGMA user_version = {migration.Version}", transaction: transaction);
            transaction.Commit();
        }
    }
}
