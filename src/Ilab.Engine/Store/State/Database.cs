using Dapper;
using Ilab.Engine.Errors;
using Ilab.Engine.Hosting;
using Ilab.Posix.Files;
using Microsoft.Data.Sqlite;

namespace Ilab.Engine.Store.State;

/// <summary>
/// The metadata database: one SQLite file with a write-ahead log. Writes are durable when they return, and concurrent ones share an fsync; reads run in
/// parallel.
/// </summary>
public sealed class Database : IDisposable
{
    private const int Damaged = 11;
    private const int Full = 13;
    private const int NotADatabase = 26;

    private readonly string _connectionString;
    private readonly SqliteConnection _writer;
    private readonly WriteLane _lane;
    private long _version;

    public Database(EngineOptions options)
    {
        SqliteLibrary.Initialize();
        FilePath = Path.Combine(options.StoreDirectory, "ilab.db");
        FileSystem.CreateDurableDirectory(options.StoreDirectory);
        _connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = FilePath,
            ForeignKeys = true,
            DefaultTimeout = 30,
        }.ToString();
        SqliteConnection? writer = null;
        try
        {
            _writer = writer = Open();
            _writer.Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
            Migrate();
            _lane = new WriteLane(_writer, () => Interlocked.Increment(ref _version));
        }
        catch (Exception exception)
        {
            writer?.Dispose();
            SqliteConnection.ClearAllPools(); // close all pooled connections
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

    /// <summary>Increases with every write: data read at a version is valid as long as the version does not change. This process is the only writer.</summary>
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

    /// <summary>
    /// Returns when the write is durable; rolled back if <paramref name="write"/> throws. It may share a transaction with other writes and be run again if that
    /// transaction fails: it must only read and write the database.
    /// </summary>
    /// <exception cref="EngineException">DISK_FULL, CORRUPT.</exception>
    public Task<T> WriteAsync<T>(Func<SqliteConnection, SqliteTransaction, T> write, CancellationToken cancellationToken) =>
        WriteAsync(write, isAlone: false, cancellationToken);

    /// <summary>
    /// As above, in a transaction of its own, and run once. Everything it reads is durable. Use it when removing files that rows no longer reference: a row
    /// whose removal is not committed reappears after a power loss.
    /// </summary>
    /// <exception cref="EngineException">DISK_FULL, CORRUPT.</exception>
    public Task<T> WriteAloneAsync<T>(Func<SqliteConnection, SqliteTransaction, T> write, CancellationToken cancellationToken) =>
        WriteAsync(write, isAlone: true, cancellationToken);

    public void Dispose()
    {
        _lane.Dispose();
        _writer.Dispose();
        SqliteConnection.ClearAllPools();
    }

    private async Task<T> WriteAsync<T>(Func<SqliteConnection, SqliteTransaction, T> write, bool isAlone, CancellationToken cancellationToken)
    {
        try
        {
            return await _lane.WriteAsync(write, isAlone, cancellationToken).ConfigureAwait(false);
        }
        catch (SqliteException exception) when (exception.SqliteErrorCode is Full or Damaged or NotADatabase || IsWriteFailure(exception))
        {
            throw Unusable(exception);
        }
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection(_connectionString);
        connection.Open();
        return connection;
    }

    private string BackupOf(int shape) => $"{FilePath}.shape-{shape}";

    // SQLITE_IOERR_WRITE, _SHMSIZE: reported by a full disk in addition to SQLITE_FULL
    private static bool IsWriteFailure(SqliteException exception) => exception.SqliteExtendedErrorCode is 778 or 4874;

    private EngineException Unusable(SqliteException exception) =>
        exception.SqliteErrorCode == Full || IsWriteFailure(exception)
            ? new EngineException(
                ErrorKind.DiskFull,
                $"no space left for the database {FilePath}",
                "free some space with 'ilab system prune', or move the store",
                exception
            )
            : new EngineException(
                ErrorKind.Corrupt,
                $"the database {FilePath} cannot be used: {exception.Message}",
                "restore it, or move it away: 'ilab model import' finds the blobs again",
                exception
            );

    private void Migrate()
    {
        var version = _writer.ExecuteScalar<int>("PRAGMA user_version");
        var newest = Migrations.AllMigrations.InOrder[^1].Version;
        if (version > newest)
        {
            throw new EngineException(
                ErrorKind.Unsupported,
                $"the database {FilePath} was created by a newer ilabd (schema {version}, this version supports {newest})",
                File.Exists(BackupOf(newest)) ? $"run the newer version, or restore the backup {BackupOf(newest)}" : "run the newer version"
            );
        }

        if (version > 0 && version < newest)
        {
            foreach (var migration in Migrations.AllMigrations.InOrder.Where(migration => migration.Version > version))
            {
                migration.Prepare(_writer, Path.GetDirectoryName(FilePath)!);
            }

            // For downgrades: an older ilabd cannot read the new schema.
            File.Delete(BackupOf(version));
            _writer.Execute("VACUUM INTO @path", new { path = BackupOf(version) });
            FileSystem.SyncFile(BackupOf(version));
            FileSystem.SyncDirectory(Path.GetDirectoryName(FilePath)!);
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
