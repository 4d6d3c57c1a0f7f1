using System.Text.Json;
using Dapper;
using Ilab.Engine.Store.Content;
using Microsoft.Data.Sqlite;

namespace Ilab.Data.Datasets;

/// <summary>Datasets and their names in the database: statements and rows, no rules.</summary>
internal static class DatasetTable
{
    private const string Columns = """
        SELECT IFNULL(n.name, '') AS Name, d.digest AS Digest, d.size AS Size, d.samples AS Samples, IFNULL(n.created, d.created) AS Created, d.source AS Source, IFNULL(n.labels, '{}') AS Labels
        FROM datasets d LEFT JOIN dataset_names n ON n.digest = d.digest
        """;

    public static List<DatasetRecord> All(SqliteConnection connection) => [.. connection.Query<Row>(Columns + " ORDER BY Created DESC, Name").Select(static row => row.ToRecord())];

    public static DatasetRecord? ByName(SqliteConnection connection, string name) => connection.QuerySingleOrDefault<Row>(Columns + " WHERE n.name = @name", new { name })?.ToRecord();

    public static List<DatasetRecord> ByDigestPrefix(SqliteConnection connection, string prefix) =>
        [.. connection.Query<Row>(Columns + " WHERE d.digest >= @from AND d.digest < @to ORDER BY Name", new { from = prefix, to = prefix + "~" }).Select(static row => row.ToRecord())];

    public static void Insert(SqliteConnection connection, SqliteTransaction transaction, DatasetRecord dataset, IEnumerable<Digest> blobs)
    {
        connection.Execute(
            "INSERT OR IGNORE INTO datasets (digest, size, samples, source, created) VALUES (@digest, @Size, @Samples, @Source, @created)",
            new { digest = dataset.Digest.ToString(), dataset.Size, dataset.Samples, dataset.Source, created = dataset.Created.ToUnixTimeMilliseconds() },
            transaction);
        foreach (var blob in blobs.Distinct())
        {
            connection.Execute("INSERT OR IGNORE INTO dataset_layers (dataset, blob) VALUES (@dataset, @blob)", new { dataset = dataset.Digest.ToString(), blob = blob.ToString() }, transaction);
        }
    }

    public static void SetName(SqliteConnection connection, SqliteTransaction transaction, DatasetRecord dataset) =>
        connection.Execute(
            "INSERT INTO dataset_names (name, digest, created, labels) VALUES (@Name, @digest, @created, @labels) ON CONFLICT(name) DO UPDATE SET digest = @digest, created = @created, labels = @labels",
            new { dataset.Name, digest = dataset.Digest.ToString(), created = dataset.Created.ToUnixTimeMilliseconds(), labels = JsonSerializer.Serialize(new Dictionary<string, string>(dataset.Labels), DatasetsJson.Default.DictionaryStringString) },
            transaction);

    public static void DeleteName(SqliteConnection connection, SqliteTransaction transaction, string name) => connection.Execute("DELETE FROM dataset_names WHERE name = @name", new { name }, transaction);

    public static List<string> NamesOf(SqliteConnection connection, Digest digest) =>
        [.. connection.Query<string>("SELECT name FROM dataset_names WHERE digest = @digest ORDER BY name", new { digest = digest.ToString() })];

    public static List<Digest> BlobsOf(SqliteConnection connection, Digest dataset) =>
        [.. connection.Query<string>("SELECT blob FROM dataset_layers WHERE dataset = @dataset", new { dataset = dataset.ToString() }).Select(Digest.Parse)];

    public static void Delete(SqliteConnection connection, SqliteTransaction transaction, Digest digest) =>
        connection.Execute("DELETE FROM dataset_names WHERE digest = @digest; DELETE FROM dataset_layers WHERE dataset = @digest; DELETE FROM datasets WHERE digest = @digest", new { digest = digest.ToString() }, transaction);

    // Dapper fills it by name.
    private sealed record Row
    {
        public string Name { get; init; } = "";

        public string Digest { get; init; } = "";

        public long Size { get; init; }

        public long Samples { get; init; }

        public long Created { get; init; }

        public string Source { get; init; } = "";

        public string Labels { get; init; } = "{}";

        public DatasetRecord ToRecord() => new()
        {
            Name = Name,
            Digest = Engine.Store.Content.Digest.Parse(Digest),
            Size = Size,
            Samples = Samples,
            Created = DateTimeOffset.FromUnixTimeMilliseconds(Created),
            Source = Source,
            Labels = JsonSerializer.Deserialize(Labels, DatasetsJson.Default.DictionaryStringString)!,
        };
    }
}
