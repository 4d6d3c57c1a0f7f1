using System.Text.Json;
using Dapper;
using Ilab.Engine.Store.Content;
using Microsoft.Data.Sqlite;

namespace Ilab.Engine.Store.Catalog;

/// <summary>Data access for objects and their names, without business rules. One instance per kind of object.</summary>
/// <param name="select">Selects records, with the object as <c>o</c> left-joined to its names as <c>n</c>; without WHERE and ORDER.</param>
/// <param name="read">Executes a statement that begins with <paramref name="select"/>.</param>
public sealed class CatalogTable<TRecord>(CatalogSchema schema, string select, Func<SqliteConnection, string, object?, IEnumerable<TRecord>> read) : IBlobOwner
    where TRecord : class, ICatalogRecord
{
    public CatalogSchema Schema { get; } = schema;

    /// <summary>All names, newest first, including untagged objects.</summary>
    public List<TRecord> All(SqliteConnection connection) => [.. read(connection, $"{select} ORDER BY Created DESC, Name", null)];

    public TRecord? ByName(SqliteConnection connection, string name) => read(connection, $"{select} WHERE n.name = @name", new { name }).SingleOrDefault();

    public List<TRecord> ByDigestPrefix(SqliteConnection connection, string prefix) =>
        [.. read(connection, $"{select} WHERE o.digest >= @from AND o.digest < @to ORDER BY Name", new { from = prefix, to = prefix + "~" })];

    public List<TRecord> Nameless(SqliteConnection connection) => [.. read(connection, $"{select} WHERE n.name IS NULL", null)];

    public List<string> NamesOf(SqliteConnection connection, Digest digest) =>
        [.. connection.Query<string>($"SELECT name FROM {Schema.Names} WHERE digest = @digest ORDER BY name", Key(digest))];

    /// <summary>Whether a user owns one of the names of an object.</summary>
    public bool IsNamedBy(SqliteConnection connection, Digest digest, uint uid) =>
        connection.ExecuteScalar<bool>(
            $"SELECT EXISTS (SELECT 1 FROM {Schema.Names} WHERE digest = @digest AND uid = @uid)",
            new { digest = digest.ToString(), uid = (long)uid }
        );

    /// <summary>Names of an object that belong to others than a user.</summary>
    public List<(string Name, uint Uid)> NamesOfOthers(SqliteConnection connection, Digest digest, uint uid) =>
        [
            .. connection
                .Query<(string Name, long Uid)>(
                    $"SELECT name, uid FROM {Schema.Names} WHERE digest = @digest AND uid <> @uid ORDER BY name",
                    new { digest = digest.ToString(), uid = (long)uid }
                )
                .Select(static row => (row.Name, (uint)row.Uid)),
        ];

    public List<Digest> BlobsOf(SqliteConnection connection, Digest digest) =>
        [.. connection.Query<string>($"SELECT blob FROM {Schema.Layers} WHERE {Schema.LayerObject} = @digest", Key(digest)).Select(Digest.Parse)];

    public void SetName(
        SqliteConnection connection,
        SqliteTransaction transaction,
        string name,
        Digest digest,
        uint uid,
        DateTimeOffset created,
        IReadOnlyDictionary<string, string> labels
    ) =>
        connection.Execute(
            $"""
            INSERT INTO {Schema.Names} (name, digest, uid, created, labels) VALUES (@name, @digest, @uid, @created, @labels)
            ON CONFLICT(name) DO UPDATE SET digest = @digest, uid = @uid, created = @created, labels = @labels
            """,
            new
            {
                name,
                digest = digest.ToString(),
                uid = (long)uid,
                created = created.ToUnixTimeMilliseconds(),
                labels = LabelsToJson(labels),
            },
            transaction
        );

    public void DeleteName(SqliteConnection connection, SqliteTransaction transaction, string name) =>
        connection.Execute($"DELETE FROM {Schema.Names} WHERE name = @name", new { name }, transaction);

    public void AddBlobs(SqliteConnection connection, SqliteTransaction transaction, Digest digest, IEnumerable<Digest> blobs)
    {
        foreach (var blob in blobs.Distinct())
        {
            connection.Execute(
                $"INSERT OR IGNORE INTO {Schema.Layers} ({Schema.LayerObject}, blob) VALUES (@digest, @blob)",
                new { digest = digest.ToString(), blob = blob.ToString() },
                transaction
            );
        }
    }

    /// <summary>Deletes the object, its names and its list of blobs.</summary>
    public void Delete(SqliteConnection connection, SqliteTransaction transaction, Digest digest) =>
        connection.Execute(
            $"""
            DELETE FROM {Schema.Names} WHERE digest = @digest;
            DELETE FROM {Schema.Layers} WHERE {Schema.LayerObject} = @digest;
            DELETE FROM {Schema.Objects} WHERE digest = @digest
            """,
            Key(digest),
            transaction
        );

    public IEnumerable<BlobUse> Uses(SqliteConnection connection) =>
        connection
            .Query<(string Object, string Blob)>(
                $"SELECT digest, digest FROM {Schema.Objects} UNION ALL SELECT {Schema.LayerObject}, blob FROM {Schema.Layers}"
            )
            .Select(static row => new BlobUse(row.Object, row.Blob));

    public IEnumerable<string> OfUser(SqliteConnection connection, uint uid) =>
        connection.Query<string>(
            $"""
            SELECT DISTINCT l.blob FROM {Schema.Layers} l
            JOIN {Schema.Objects} o ON o.digest = l.{Schema.LayerObject}
            LEFT JOIN {Schema.Names} n ON n.digest = o.digest
            WHERE IFNULL(n.uid, o.uid) = @uid
            """,
            new { uid = (long)uid }
        );

    /// <summary>As stored in the database.</summary>
    public static string LabelsToJson(IReadOnlyDictionary<string, string> labels) =>
        JsonSerializer.Serialize(new Dictionary<string, string>(labels), ModelsJson.Default.DictionaryStringString);

    public static IReadOnlyDictionary<string, string> LabelsOf(string json) =>
        json == "{}" ? NoLabels : JsonSerializer.Deserialize(json, ModelsJson.Default.DictionaryStringString)!;

    private static object Key(Digest digest) => new { digest = digest.ToString() };

    private static readonly Dictionary<string, string> NoLabels = [];
}
