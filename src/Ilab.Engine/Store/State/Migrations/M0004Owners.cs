using System.Text.Json.Nodes;
using Dapper;
using Ilab.Engine.Secrets;
using Ilab.Posix.Processes;
using Microsoft.Data.Sqlite;

namespace Ilab.Engine.Store.State.Migrations;

/// <summary>
/// Owners of names and objects; what has none belongs to the service's user. Credentials leave the requests of jobs: those of unfinished jobs move to the
/// secret store, the others are removed.
/// </summary>
internal sealed class M0004Owners : IMigration
{
    private const int FirstEndedState = 4;

    public int Version => 4;

    /// <summary>The user is written into the rows, not into the schema: the store may move to another user.</summary>
    public string Sql =>
        $"""
            ALTER TABLE models ADD COLUMN uid INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE names ADD COLUMN uid INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE datasets ADD COLUMN uid INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE dataset_names ADD COLUMN uid INTEGER NOT NULL DEFAULT 0;
            UPDATE models SET uid = {CurrentProcess.EffectiveUser};
            UPDATE names SET uid = {CurrentProcess.EffectiveUser};
            UPDATE datasets SET uid = {CurrentProcess.EffectiveUser};
            UPDATE dataset_names SET uid = {CurrentProcess.EffectiveUser};
            CREATE INDEX names_uid ON names(uid);
            CREATE INDEX dataset_names_uid ON dataset_names(uid);
            ALTER TABLE jobs ADD COLUMN is_admin INTEGER NOT NULL DEFAULT 0;
            UPDATE jobs SET is_admin = 1;
            CREATE INDEX jobs_uid ON jobs(uid, state);
            """;

    /// <summary>
    /// Each step may be repeated. The last one rewrites the database and empties its log, so that no free page of it, nor the backup made next, holds a
    /// credential.
    /// </summary>
    public void Prepare(SqliteConnection connection, string storeDirectory)
    {
        if (!connection.ExecuteScalar<bool>("SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'jobs')"))
        {
            return; // a store from before jobs, or whose creation was interrupted
        }

        var secrets = new SecretStore(storeDirectory);
        const string Requests = "SELECT id, request, state FROM jobs WHERE kind IN ('download', 'generate')";
        foreach (var (id, request, state) in connection.Query<(string, string, long)>(Requests).ToArray())
        {
            if (JsonNode.Parse(request) is not JsonObject json || Take(json) is not { } value)
            {
                continue;
            }

            if (state < FirstEndedState && value.Length > 0)
            {
                secrets.PutForJob(id, value);
            }

            connection.Execute("UPDATE jobs SET request = @changed WHERE id = @id", new { id, changed = json.ToJsonString() });
        }

        if (Directory.Exists(Path.Combine(storeDirectory, "keys")))
        {
            Directory.Delete(Path.Combine(storeDirectory, "keys"), recursive: true);
        }

        Array.ForEach(Directory.GetFiles(storeDirectory, "ilab.db.shape-*"), File.Delete); // backups of still earlier versions
        connection.Execute("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);");
    }

    /// <summary>Removes the token of a download, or the key file of a generation.</summary>
    /// <returns>The credential, empty if its file is gone; null if there was none.</returns>
    private static string? Take(JsonObject request)
    {
        if (request["token"] is JsonValue token)
        {
            request.Remove("token");
            return token.ToString().Trim();
        }

        if (request["teacher"] is JsonObject teacher && teacher["keyFile"] is JsonValue file)
        {
            teacher.Remove("keyFile");
            return file.ToString() is { Length: > 0 } path && File.Exists(path) ? File.ReadAllText(path).Trim() : "";
        }

        return null;
    }
}
