using System.Text.Json;
using Dapper;
using Ilab.Engine.Errors;
using Microsoft.Data.Sqlite;

namespace Ilab.Engine.Jobs;

/// <summary>The jobs table: requests, and a projection of each log.</summary>
internal static class JobTable
{
    private const string Columns = """
        SELECT id AS Id, kind AS Kind, title AS Title, request AS Request, state AS State, created AS Created, started AS Started, ended AS Ended,
               attempts AS Attempts, uid AS Uid, is_admin AS IsAdmin, result AS Result, error_kind AS ErrorKind, error AS Error, error_hint AS ErrorHint,
               labels AS Labels
        FROM jobs
        """;

    private static readonly int[] Open =
    [
        .. Enum.GetValues<JobState>().Where(static state => !JobStateMachine.IsOver(state)).Select(static state => (int)state),
    ];

    public static List<JobRecord> All(SqliteConnection connection) =>
        [.. connection.Query<Row>(Columns + " ORDER BY created DESC, id").Select(static row => row.ToRecord())];

    public static IEnumerable<(string Id, string Request)> Unfinished(SqliteConnection connection) =>
        connection.Query<(string, string)>("SELECT id, request FROM jobs WHERE state IN @open", new { open = Open });

    /// <summary>Requests of the unfinished jobs of a kind that belong to a user.</summary>
    public static IEnumerable<string> UnfinishedOf(SqliteConnection connection, string kind, uint uid) =>
        connection.Query<string>(
            "SELECT request FROM jobs WHERE kind = @kind AND uid = @uid AND state IN @open",
            new
            {
                kind,
                uid = (long)uid,
                open = Open,
            }
        );

    /// <summary>Number of unfinished jobs of a user.</summary>
    public static int UnfinishedOf(SqliteConnection connection, uint uid) =>
        connection.ExecuteScalar<int>("SELECT COUNT(*) FROM jobs WHERE uid = @uid AND state IN @open", new { uid = (long)uid, open = Open });

    public static List<JobRecord> ByPrefix(SqliteConnection connection, string prefix) =>
        [.. connection.Query<Row>(Columns + " WHERE id >= @prefix AND id < @end", new { prefix, end = prefix + "~" }).Select(static row => row.ToRecord())];

    public static JobRecord? ByRequestId(SqliteConnection connection, string requestId) =>
        connection.QuerySingleOrDefault<Row>(Columns + " WHERE request_id = @requestId", new { requestId })?.ToRecord();

    public static void Insert(SqliteConnection connection, SqliteTransaction transaction, JobRecord job, string requestId) =>
        connection.Execute(
            """
            INSERT INTO jobs (id, request_id, kind, title, request, state, created, uid, is_admin, labels)
            VALUES (@Id, @requestId, @Kind, @Title, @Request, @state, @created, @uid, @IsAdmin, @labels)
            """,
            new
            {
                job.Id,
                requestId = requestId.Length > 0 ? requestId : null,
                job.Kind,
                job.Title,
                job.Request,
                state = (int)job.State,
                created = job.Created.ToUnixTimeMilliseconds(),
                uid = (long)job.Uid,
                job.IsAdmin,
                labels = JsonSerializer.Serialize(new Dictionary<string, string>(job.Labels), JobsJson.Default.DictionaryStringString),
            },
            transaction
        );

    public static void Update(SqliteConnection connection, SqliteTransaction transaction, JobRecord job) =>
        connection.Execute(
            "UPDATE jobs SET state = @state, started = @started, ended = @ended, attempts = @Attempts, result = @Result, error_kind = @kind, error = @error, error_hint = @hint WHERE id = @Id",
            new
            {
                job.Id,
                state = (int)job.State,
                started = job.Started?.ToUnixTimeMilliseconds(),
                ended = job.Ended?.ToUnixTimeMilliseconds(),
                job.Attempts,
                job.Result,
                kind = (int?)job.Error?.Kind ?? 0,
                error = job.Error?.Message ?? "",
                hint = job.Error?.Hint ?? "",
            },
            transaction
        );

    public static void Delete(SqliteConnection connection, SqliteTransaction transaction, string id) =>
        connection.Execute("DELETE FROM jobs WHERE id = @id", new { id }, transaction);

    private sealed record Row
    {
        public string Id { get; init; } = "";

        public string Kind { get; init; } = "";

        public string Title { get; init; } = "";

        public string Request { get; init; } = "";

        public long State { get; init; }

        public long Created { get; init; }

        public long? Started { get; init; }

        public long? Ended { get; init; }

        public long Attempts { get; init; }

        public long Uid { get; init; }

        public long IsAdmin { get; init; }

        public string Result { get; init; } = "";

        public long ErrorKind { get; init; }

        public string Error { get; init; } = "";

        public string ErrorHint { get; init; } = "";

        public string Labels { get; init; } = "{}";

        public JobRecord ToRecord() =>
            new()
            {
                Id = Id,
                Kind = Kind,
                Title = Title,
                Request = Request,
                State = (JobState)State,
                Created = DateTimeOffset.FromUnixTimeMilliseconds(Created),
                Started = Started is { } started ? DateTimeOffset.FromUnixTimeMilliseconds(started) : null,
                Ended = Ended is { } ended ? DateTimeOffset.FromUnixTimeMilliseconds(ended) : null,
                Attempts = (int)Attempts,
                Uid = (uint)Uid,
                IsAdmin = IsAdmin != 0,
                Result = Result,
                Error = ErrorKind == 0 ? null : new JobError((ErrorKind)ErrorKind, Error, ErrorHint),
                Labels = JsonSerializer.Deserialize(Labels, JobsJson.Default.DictionaryStringString)!,
            };
    }
}
