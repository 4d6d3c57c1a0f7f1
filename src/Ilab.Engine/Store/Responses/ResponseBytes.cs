using Dapper;
using Ilab.Engine.Store.Catalog;
using Microsoft.Data.Sqlite;

namespace Ilab.Engine.Store.Responses;

/// <summary>Counts stored answers for the quotas of their users. They are in the database: no blob is theirs.</summary>
internal sealed class ResponseBytes : IBlobOwner
{
    public IEnumerable<BlobUse> Uses(SqliteConnection connection) => [];

    public long BytesOfUser(SqliteConnection connection, uint uid) =>
        connection.ExecuteScalar<long?>("SELECT SUM(octet_length(input) + octet_length(response)) FROM responses WHERE uid = @uid", new { uid = (long)uid })
        ?? 0;
}
