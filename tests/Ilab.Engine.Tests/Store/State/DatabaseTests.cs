using Dapper;
using Ilab.Engine.Errors;
using Ilab.Engine.Store.State;
using Ilab.Engine.Store.State.Migrations;
using Ilab.Testing;
using Ilab.Testing.Stores;
using Microsoft.Data.Sqlite;

namespace Ilab.Engine.Tests.Store.State;

public sealed class DatabaseTests : IDisposable
{
    private const int PageSize = 4096;

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
            foreach (var page in Read("SELECT rootpage FROM sqlite_schema WHERE tbl_name = 'models'"))
            {
                stream.Position = (page - 1) * PageSize;
                await stream.WriteAsync(Enumerable.Repeat((byte)0xff, PageSize).ToArray());
            }
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
        System.IO.File.WriteAllText(File + $".shape-{Newest}", "the backup of the step up");
        var error = Assert.Throws<EngineException>(Open);
        Assert.Equal(ErrorKind.Unsupported, error.Kind);
        Assert.Contains(File + $".shape-{Newest}", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void AStepUpLeavesABackupOfTheOldShape()
    {
        foreach (var migration in AllMigrations.InOrder.Take(3))
        {
            Run($"{migration.Sql} PRAGMA user_version = {migration.Version}");
        }

        Open().Dispose();
        Assert.True(System.IO.File.Exists(File + ".shape-3"));
        Open().Dispose();
        Assert.False(System.IO.File.Exists(File + $".shape-{Newest}"));
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

    private static int Newest => AllMigrations.InOrder[^1].Version;

    private Database Open() => new(StoreFixture.OptionsOf(_folder.Path));

    private long[] Read(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={File};Pooling=False");
        connection.Open();
        return [.. connection.Query<long>(sql)];
    }

    private void Run(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={File};Pooling=False");
        connection.Open();
        connection.Execute(sql);
    }
}
