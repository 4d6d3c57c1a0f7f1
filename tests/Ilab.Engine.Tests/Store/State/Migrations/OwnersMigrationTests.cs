using Dapper;
using Ilab.Engine.Jobs;
using Ilab.Engine.Secrets;
using Ilab.Engine.Store.State;
using Ilab.Engine.Store.State.Migrations;
using Ilab.Posix.Processes;
using Ilab.Testing;
using Ilab.Testing.Stores;
using Microsoft.Data.Sqlite;

namespace Ilab.Engine.Tests.Store.State.Migrations;

/// <summary>
/// A store of the version before: names without owners, tokens in requests, key files in a folder. Opened by this version, its names are the service's, and no
/// file but those of the secret store has a credential in it.
/// </summary>
public sealed class OwnersMigrationTests : IDisposable
{
    private const string Token = "hf_0123456789abcdef",
        OldToken = "hf_of-a-job-that-ended",
        Key = "sk-fedcba9876543210",
        LostKey = "sk-without-a-job";

    private readonly TemporaryFolder _folder = new();
    private readonly string _downloading = new('a', 32),
        _downloaded = new('b', 32),
        _generating = new('c', 32);

    public OwnersMigrationTests() => Write();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task WhatHasNoOwnerBelongsToTheService()
    {
        using var store = new StoreFixture(_folder.Path);
        var model = await store.Catalog.FindAsync("old", CancellationToken.None);
        Assert.Equal(CurrentProcess.EffectiveUser, model.Uid);
        var job = (await store.Database.ReadAsync(JobTable.All, CancellationToken.None)).Single(job => job.Id == _downloading);
        Assert.Equal((1234u, true), (job.Uid, job.IsAdmin));
    }

    [Fact]
    public void CredentialsAreInTheSecretStoreAndNowhereElse()
    {
        Open(_folder.Path);
        var secrets = new SecretStore(_folder.Path);
        Assert.Equal((Token, null, Key), (secrets.OfJob(_downloading), secrets.OfJob(_downloaded), secrets.OfJob(_generating)));
        foreach (var credential in new[] { Token, OldToken, Key, LostKey })
        {
            var others = Files().Where(path => !path.StartsWith(secrets.Folder, StringComparison.Ordinal));
            Assert.DoesNotContain(others, path => File.ReadAllText(path).Contains(credential, StringComparison.Ordinal));
        }

        Assert.Contains(Files(), static path => path.EndsWith("ilab.db.shape-3", StringComparison.Ordinal));
        Assert.Equal("""{"source":"org/repo"}""", Request(_downloading));
        Assert.Equal("""{"name":"made","teacher":{"name":"big"}}""", Request(_generating));
    }

    [Fact]
    public void AServiceThatEndsInTheMiddleBeginsAgain()
    {
        using (var connection = Connect(_folder.Path))
        {
            // As far as it can come before the version is committed.
            new M0004Owners().Prepare(connection, _folder.Path);
        }

        CredentialsAreInTheSecretStoreAndNowhereElse();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void AStoreWhoseCreationWasInterruptedOpens(int version)
    {
        using var folder = new TemporaryFolder();
        using (var connection = Connect(folder.Path))
        {
            foreach (var migration in AllMigrations.InOrder.Where(migration => migration.Version <= version))
            {
                connection.Execute(migration.Sql);
            }

            connection.Execute($"PRAGMA user_version = {version}");
        }

        Open(folder.Path);
    }

    private IEnumerable<string> Files() => Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories);

    private static void Open(string folder)
    {
        using var database = new Database(StoreFixture.OptionsOf(folder));
        Assert.Equal(
            AllMigrations.InOrder[^1].Version,
            database.ReadAsync(static c => c.ExecuteScalar<int>("PRAGMA user_version"), CancellationToken.None).Result
        );
    }

    private string Request(string job)
    {
        using var connection = Connect(_folder.Path);
        return connection.ExecuteScalar<string>("SELECT request FROM jobs WHERE id = @job", new { job })!;
    }

    private static SqliteConnection Connect(string folder)
    {
        SqliteLibrary.Initialize();
        var connection = new SqliteConnection($"Data Source={Path.Combine(folder, "ilab.db")};Pooling=False");
        connection.Open();
        return connection;
    }

    private void Write()
    {
        using var connection = Connect(_folder.Path);
        connection.Execute("PRAGMA journal_mode = WAL");
        foreach (var migration in AllMigrations.InOrder.Where(static migration => migration.Version < 4))
        {
            connection.Execute(migration.Sql);
        }

        connection.Execute("PRAGMA user_version = 3");
        var digest = "sha256:" + new string('1', 64);
        connection.Execute(
            """
            INSERT INTO models (digest, size, architecture, quantization, parameters, context_length, source, created, summary)
            VALUES (@digest, 1, 'llama', 'F32', 1, 1, 'import', 1, '{}');
            INSERT INTO names (name, digest, created) VALUES ('old:latest', @digest, 1);
            """,
            new { digest }
        );
        var keys = Directory.CreateDirectory(Path.Combine(_folder.Path, "keys")).FullName;
        File.WriteAllText(Path.Combine(keys, "one"), Key);
        File.WriteAllText(Path.Combine(keys, "lost"), LostKey);
        AddJob(connection, _downloading, "download", 1, $$"""{"source":"org/repo","token":"{{Token}}"}""");
        AddJob(connection, _downloaded, "download", 4, $$"""{"source":"org/repo","token":"{{OldToken}}"}""");
        AddJob(connection, _generating, "generate", 2, $$$"""{"name":"made","teacher":{"name":"big","keyFile":"{{{Path.Combine(keys, "one")}}}"}}""");
        AddJob(connection, new string('d', 32), "train", 4, "not JSON, of a kind that has no credentials");
    }

    private static void AddJob(SqliteConnection connection, string id, string kind, int state, string request) =>
        connection.Execute(
            "INSERT INTO jobs (id, kind, title, request, state, created, uid) VALUES (@id, @kind, 'old', @request, @state, 1, 1234)",
            new
            {
                id,
                kind,
                request,
                state,
            }
        );
}
