using Dapper;
using Ilab.Engine.Store.Catalog;
using Microsoft.Data.Sqlite;

namespace Ilab.Engine.Store.UserFiles;

/// <summary>The blobs of files that have not expired.</summary>
internal sealed class UserFileBlobs(TimeProvider time) : IBlobOwner
{
    private const string IsThere = "(expires IS NULL OR expires > @now)";

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    public IEnumerable<BlobUse> Uses(SqliteConnection connection) =>
        connection
            .Query<(string, string)>($"SELECT id, digest FROM files WHERE {IsThere}", new { now = Now })
            .Select(static row => new BlobUse(row.Item1, row.Item2));

    public IEnumerable<string> OfUser(SqliteConnection connection, uint uid) =>
        connection.Query<string>($"SELECT digest FROM files WHERE uid = @uid AND {IsThere}", new { uid = (long)uid, now = Now });
}
