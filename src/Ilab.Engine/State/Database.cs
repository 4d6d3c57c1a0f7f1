using Dapper;
using Ilab.Engine.Errors;
using Ilab.Engine.Hosting;
using Microsoft.Data.Sqlite;

namespace Ilab.Engine.State;

/// <summary>
/// The metadata: one SQLite file with a write-ahead log. Writes go one at a time and are on disk when they return; reads run beside them.
/// </summary>
public sealed class Database : IDisposable
{
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
        try
        {
            _writer = Open();
            _writer.Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
            Migrate();
        }
        catch (SqliteException exception)
        {
            throw new EngineException(ErrorKind.Corrupt, $"the database {FilePath} cannot be used: {exception.Message}", "restore it, or move it away: 'ilab model import' finds the blobs again", exception);
        }
    }

    public string FilePath { get; }

    /// <summary>E.g. <c>SQLite 3.40.1 (system)</c>.</summary>
    public string Description => $"SQLite {_writer.ServerVersion} ({SqliteLibrary.Origin})";

    /// <summary>Rises with every write: what was read before a version is still true while it stays. This process is the only one that writes.</summary>
    public long Version => Volatile.Read(ref _version);

    public Task<T> ReadAsync<T>(Func<SqliteConnection, T> read, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var connection = Open();
        return Task.FromResult(read(connection));
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
        catch (SqliteException exception) when (exception.SqliteErrorCode == 13)
        {
            throw new EngineException(ErrorKind.DiskFull, $"no space left for the database {FilePath}", "free some with 'ilab system prune', or move the store", exception);
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

    private void Migrate()
    {
        var version = _writer.ExecuteScalar<int>("PRAGMA user_version");
        var newest = Migrations.AllMigrations.InOrder[^1].Version;
        if (version > newest)
        {
            throw new EngineException(ErrorKind.Unsupported, $"the database {FilePath} was made by a newer ilabd (shape {version}, this one knows {newest})", "run the newer version");
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
