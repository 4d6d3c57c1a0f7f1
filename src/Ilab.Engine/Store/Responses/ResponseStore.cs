using Dapper;
using Ilab.Engine.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Store.State;
using Microsoft.Data.Sqlite;

namespace Ilab.Engine.Store.Responses;

/// <summary>An answer that was stored.</summary>
/// <param name="Previous">Id of the one that it continues; null = none.</param>
/// <param name="Input">What was said to the model after the previous one, a JSON list.</param>
/// <param name="Response">The answer, a JSON object.</param>
public sealed record StoredResponse(string Id, string? Previous, string Input, string Response);

/// <summary>
/// Answers that clients refer to later: those of the last thirty days, and of each user the newest ten thousand, and no more than 256 MiB. They count against
/// the quota of disk space.
/// </summary>
public sealed class ResponseStore(Database database, BlobCollector collector, TimeProvider time)
{
    /// <summary>For quotas.</summary>
    public static IBlobOwner Owner { get; } = new ResponseBytes();

    /// <summary>Most answers of a user.</summary>
    public const int Most = 10_000;

    /// <summary>How long an answer is kept.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    /// <summary>Most bytes of a user's answers, inputs included.</summary>
    public const long MostBytes = 256L << 20;

    /// <summary>Most bytes of a conversation.</summary>
    public const long MostOfConversation = 32L << 20;

    private const int LongestConversation = 1000;

    /// <summary>Checks before an answer is made that it may be stored: it is not thrown away afterwards.</summary>
    /// <param name="bytes">As far as known.</param>
    /// <exception cref="EngineException">QUOTA_EXCEEDED.</exception>
    public Task RequireRoomAsync(Caller caller, long bytes, CancellationToken cancellationToken) =>
        collector.Quota.RequireAsync(caller, bytes, cancellationToken);

    /// <summary>Returns when it is durable.</summary>
    public Task AddAsync(Caller caller, StoredResponse response, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return database.WriteAsync(
            (connection, transaction) =>
            {
                connection.Execute(
                    "INSERT INTO responses (id, uid, previous, created, input, response) VALUES (@Id, @uid, @Previous, @created, @Input, @Response)",
                    new
                    {
                        response.Id,
                        uid = (long)caller.Uid,
                        response.Previous,
                        created = now.ToUnixTimeMilliseconds(),
                        response.Input,
                        response.Response,
                    },
                    transaction
                );
                RemoveOld(connection, transaction, caller.Uid, now - Kept);
                return 0;
            },
            cancellationToken
        );
    }

    /// <returns>Null if there is none of the caller's with that id.</returns>
    public Task<StoredResponse?> FindAsync(Caller caller, string id, CancellationToken cancellationToken) =>
        database.ReadAsync(connection => Find(connection, caller, id), cancellationToken);

    /// <summary>An answer and all those before it, the oldest first.</summary>
    /// <returns>Null if one of them is not there any more.</returns>
    /// <exception cref="EngineException">INVALID_ARGUMENT: they are too large together.</exception>
    public Task<IReadOnlyList<StoredResponse>?> ConversationAsync(Caller caller, string id, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<StoredResponse>?>(
            connection =>
            {
                var (all, bytes) = (new List<StoredResponse>(), 0L);
                for (var next = id; next is not null; next = all[^1].Previous)
                {
                    bytes += SizeOf(connection, caller, next);
                    if (bytes > MostOfConversation)
                    {
                        throw new EngineException(
                            ErrorKind.InvalidArgument,
                            $"the conversation before this has more than {ByteText.Of(MostOfConversation)}",
                            "begin a new one"
                        );
                    }

                    if (all.Count == LongestConversation || Find(connection, caller, next) is not { } found)
                    {
                        return null;
                    }

                    all.Add(found);
                }

                all.Reverse();
                return all;
            },
            cancellationToken
        );

    /// <returns>Whether there was one of the caller's with that id.</returns>
    public Task<bool> RemoveAsync(Caller caller, string id, CancellationToken cancellationToken) =>
        database.WriteAsync(
            (connection, transaction) =>
                connection.Execute("DELETE FROM responses WHERE id = @id AND uid = @uid", new { id, uid = (long)caller.Uid }, transaction) > 0,
            cancellationToken
        );

    private static StoredResponse? Find(SqliteConnection connection, Caller caller, string id) =>
        connection.QuerySingleOrDefault<StoredResponse>(
            "SELECT id AS Id, previous AS Previous, input AS Input, response AS Response FROM responses WHERE id = @id AND uid = @uid",
            new { id, uid = (long)caller.Uid }
        );

    private static long SizeOf(SqliteConnection connection, Caller caller, string id) =>
        connection.ExecuteScalar<long?>(
            "SELECT octet_length(input) + octet_length(response) FROM responses WHERE id = @id AND uid = @uid",
            new { id, uid = (long)caller.Uid }
        ) ?? 0;

    private static void RemoveOld(SqliteConnection connection, SqliteTransaction transaction, uint uid, DateTimeOffset before)
    {
        connection.Execute("DELETE FROM responses WHERE created < @before", new { before = before.ToUnixTimeMilliseconds() }, transaction);
        connection.Execute(
            "DELETE FROM responses WHERE uid = @uid AND created < (SELECT created FROM responses WHERE uid = @uid ORDER BY created DESC LIMIT 1 OFFSET @most)",
            new { uid = (long)uid, most = Most - 1 },
            transaction
        );
        connection.Execute(
            """
            DELETE FROM responses WHERE rowid IN (
                SELECT place FROM (
                    SELECT rowid AS place, SUM(octet_length(input) + octet_length(response)) OVER (ORDER BY created DESC, rowid DESC) AS bytes
                    FROM responses WHERE uid = @uid
                ) WHERE bytes > @most
            )
            """,
            new { uid = (long)uid, most = MostBytes },
            transaction
        );
    }
}
