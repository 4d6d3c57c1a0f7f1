using System.Text.RegularExpressions;
using Ilab.Engine.Store.Catalog;
using Microsoft.Data.Sqlite;

namespace Ilab.Engine.Jobs;

/// <summary>
/// Keeps the blobs that the requests of unfinished jobs name. A lease ends with the service, and a job may wait longer than that; its request is in the
/// database, and names what it reads by digest, whatever its kind.
/// </summary>
internal sealed partial class JobBlobs : IBlobOwner
{
    public IEnumerable<BlobUse> Uses(SqliteConnection connection) =>
        JobTable.Unfinished(connection).SelectMany(static job => Digests().Matches(job.Request).Select(match => new BlobUse(job.Id, match.Value)));

    [GeneratedRegex("sha256:[0-9a-f]{64}")]
    private static partial Regex Digests();
}
