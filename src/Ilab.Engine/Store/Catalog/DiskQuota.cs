using System.Globalization;
using Ilab.Engine.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Store.Content;
using Ilab.Engine.Store.State;
using Microsoft.Data.Sqlite;

namespace Ilab.Engine.Store.Catalog;

/// <summary>The disk quota of users: bytes of the blobs that belong to what is theirs, each blob once, and of what the database keeps for them.</summary>
public sealed class DiskQuota(ContentStore content, Database database, IEnumerable<IBlobOwner> owners)
{
    private readonly IBlobOwner[] _owners = [.. owners];

    /// <summary>Checks before the work that something of a size may be added.</summary>
    /// <param name="bytes">As far as known.</param>
    /// <exception cref="EngineException">QUOTA_EXCEEDED.</exception>
    public async Task RequireAsync(Caller caller, long bytes, CancellationToken cancellationToken)
    {
        if (caller.MostDisk is { } most)
        {
            var used = await database.ReadAsync(connection => Used(connection, caller.Uid, []), cancellationToken).ConfigureAwait(false);
            Require(used, Math.Max(1, bytes), most);
        }
    }

    /// <summary>Checks in the transaction that adds them.</summary>
    /// <exception cref="EngineException">QUOTA_EXCEEDED.</exception>
    internal void Require(SqliteConnection connection, Caller caller, IEnumerable<Digest> added)
    {
        if (caller.MostDisk is { } most)
        {
            var used = Used(connection, caller.Uid, []);
            Require(used, Used(connection, caller.Uid, added) - used, most);
        }
    }

    private static void Require(long used, long bytes, long most)
    {
        if (bytes > 0 && used + bytes > most)
        {
            throw new EngineException(
                ErrorKind.QuotaExceeded,
                $"{Text(used)} of at most {Text(most)} on disk are used{(bytes > 1 ? $", and this needs {Text(bytes)}" : "")}",
                "remove models or datasets with 'ilab model rm' or 'ilab data rm', files or stored responses over HTTP; an admin can raise the quota"
            );
        }
    }

    private static string Text(long bytes) =>
        bytes < 1_000_000_000
            ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.##} MB")
            : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.##} GB");

    private long Used(SqliteConnection connection, uint uid, IEnumerable<Digest> added) =>
        _owners
            .SelectMany(owner => owner.OfUser(connection, uid))
            .Concat(added.Select(static blob => blob.ToString()))
            .Distinct()
            .Select(Digest.Parse)
            .Where(content.Contains)
            .Sum(content.SizeOf) + _owners.Sum(owner => owner.BytesOfUser(connection, uid));
}
