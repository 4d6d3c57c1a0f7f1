using Dapper;
using Ilab.Engine.Errors;
using Ilab.Engine.Store.State;
using Ilab.Testing;
using Ilab.Testing.Stores;
using Microsoft.Data.Sqlite;

namespace Ilab.Engine.Tests.Store.State;

public sealed class DatabaseTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string File => Path.Combine(_folder.Path, "ilab.db");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AFileThatIsNoDatabaseIsNamed()
    {
        System.IO.File.WriteAllBytes(File, [.. Enumerable.Repeat((byte)'x', 8192)]);
        var error = Assert.Throws<EngineException>(Open);
        Assert.Equal(ErrorKind.Corrupt, error.Kind);
        Assert.Contains(File, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ADamagedPageIsNamedWhenItIsRead()
    {
        Open().Dispose();
        await using (var stream = new FileStream(File, FileMode.Open, FileAccess.Write))
        {
            stream.Position = 4096; // behind the header and the list of tables
            await stream.WriteAsync(Enumerable.Repeat((byte)0xff, (int)stream.Length - 4096).ToArray());
        }

        using var database = Open();
        var error = await Assert.ThrowsAsync<EngineException>(() =>
            database.ReadAsync(static connection => connection.Query<string>("SELECT digest FROM models ORDER BY digest").Count(), CancellationToken.None)
        );
        Assert.Equal(ErrorKind.Corrupt, error.Kind);
    }

    [Fact]
    public void ANewerShapeIsRefusedAndTheBackupNamed()
    {
        Open().Dispose();
        Run("PRAGMA user_version = 99");
        Assert.Contains("newer", Assert.Throws<EngineException>(Open).Message, StringComparison.Ordinal);
        System.IO.File.WriteAllText(File + ".shape-5", "the backup of the step up");
        var error = Assert.Throws<EngineException>(Open);
        Assert.Equal(ErrorKind.Unsupported, error.Kind);
        Assert.Contains(File + ".shape-5", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void AStepUpLeavesABackupOfTheOldShape()
    {
        Open().Dispose();
        Run(
            "DROP TABLE tokens; DROP INDEX names_uid; DROP INDEX dataset_names_uid; DROP INDEX jobs_uid; ALTER TABLE jobs DROP COLUMN is_admin; PRAGMA user_version = 3"
        );
        foreach (var table in new[] { "models", "names", "datasets", "dataset_names" })
        {
            Run($"ALTER TABLE {table} DROP COLUMN uid");
        }

        Open().Dispose();
        Assert.True(System.IO.File.Exists(File + ".shape-3"));
        Open().Dispose();
        Assert.False(System.IO.File.Exists(File + ".shape-5"));
    }

    [Fact]
    public async Task AWriteThatFailsIsUndone()
    {
        using var database = Open();
        var version = database.Version;
        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            database.WriteAsync<int>(
                static (connection, transaction) =>
                {
                    connection.Execute("INSERT INTO links VALUES ('b', 'd', 'i', 1, 1, 1)", transaction: transaction);
                    throw new InvalidOperationException("no");
                },
                CancellationToken.None
            )
        );
        Assert.Equal(0, await database.ReadAsync(static connection => connection.ExecuteScalar<int>("SELECT COUNT(*) FROM links"), CancellationToken.None));
        Assert.Equal(version, database.Version);
    }

    private Database Open() => new(StoreFixture.OptionsOf(_folder.Path));

    private void Run(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={File};Pooling=False");
        connection.Open();
        connection.Execute(sql);
    }
}
