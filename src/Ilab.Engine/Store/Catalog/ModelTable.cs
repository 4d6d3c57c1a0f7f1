using System.Text.Json;
using Dapper;
using Ilab.Engine.Store.Content;
using Microsoft.Data.Sqlite;

namespace Ilab.Engine.Store.Catalog;

/// <summary>Models and their names in the database: statements and rows, no rules.</summary>
internal static class ModelTable
{
    private const string Columns = """
        SELECT IFNULL(n.name, '') AS Name, m.digest AS Digest, m.size AS Size, m.architecture AS Architecture, m.quantization AS Quantization, m.parameters AS Parameters,
               m.context_length AS ContextLength, IFNULL(n.created, m.created) AS Created, m.last_used AS LastUsed, m.source AS Source, IFNULL(n.labels, '{}') AS Labels
        FROM models m LEFT JOIN names n ON n.digest = m.digest
        """;

    public static List<ModelRecord> All(SqliteConnection connection) =>
        [.. connection.Query<Row>(Columns + " ORDER BY Created DESC, Name").Select(static row => row.ToRecord())];

    public static ModelRecord? ByName(SqliteConnection connection, string name) =>
        connection.QuerySingleOrDefault<Row>(Columns + " WHERE n.name = @name", new { name })?.ToRecord();

    public static List<ModelRecord> ByDigestPrefix(SqliteConnection connection, string prefix) =>
        [.. connection.Query<Row>(Columns + " WHERE m.digest >= @from AND m.digest < @to ORDER BY Name", new { from = prefix, to = prefix + "~" }).Select(static row => row.ToRecord())];

    /// <summary>Null: there is no such model any more.</summary>
    public static ModelSummary? SummaryOf(SqliteConnection connection, Digest digest) =>
        connection.ExecuteScalar<string?>("SELECT summary FROM models WHERE digest = @digest", new { digest = digest.ToString() }) is { } json
            ? JsonSerializer.Deserialize(json, ModelsJson.Default.ModelSummary)
            : null;

    public static void Insert(SqliteConnection connection, SqliteTransaction transaction, ModelRecord model, ModelSummary summary, IEnumerable<Digest> blobs)
    {
        connection.Execute(
            """
            INSERT OR IGNORE INTO models (digest, size, architecture, quantization, parameters, context_length, source, created, summary)
            VALUES (@digest, @size, @architecture, @quantization, @parameters, @context, @source, @created, @summary)
            """,
            new
            {
                digest = model.Digest.ToString(),
                size = model.Size,
                architecture = model.Architecture,
                quantization = model.Quantization,
                parameters = (long)model.Parameters,
                context = model.ContextLength,
                source = model.Source,
                created = model.Created.ToUnixTimeMilliseconds(),
                summary = JsonSerializer.Serialize(summary, ModelsJson.Default.ModelSummary),
            },
            transaction);
        foreach (var blob in blobs.Distinct())
        {
            connection.Execute("INSERT OR IGNORE INTO layers (model, blob) VALUES (@model, @blob)", new { model = model.Digest.ToString(), blob = blob.ToString() }, transaction);
        }
    }

    public static void SetName(SqliteConnection connection, SqliteTransaction transaction, string name, Digest digest, DateTimeOffset created, IReadOnlyDictionary<string, string> labels) =>
        connection.Execute(
            "INSERT INTO names (name, digest, created, labels) VALUES (@name, @digest, @created, @labels) ON CONFLICT(name) DO UPDATE SET digest = @digest, created = @created, labels = @labels",
            new { name, digest = digest.ToString(), created = created.ToUnixTimeMilliseconds(), labels = JsonSerializer.Serialize(new Dictionary<string, string>(labels), ModelsJson.Default.DictionaryStringString) },
            transaction);

    public static void DeleteName(SqliteConnection connection, SqliteTransaction transaction, string name) =>
        connection.Execute("DELETE FROM names WHERE name = @name", new { name }, transaction);

    public static List<string> NamesOf(SqliteConnection connection, Digest digest) =>
        [.. connection.Query<string>("SELECT name FROM names WHERE digest = @digest ORDER BY name", new { digest = digest.ToString() })];

    public static void DeleteModel(SqliteConnection connection, SqliteTransaction transaction, Digest digest) =>
        connection.Execute("DELETE FROM names WHERE digest = @digest; DELETE FROM layers WHERE model = @digest; DELETE FROM models WHERE digest = @digest", new { digest = digest.ToString() }, transaction);

    /// <summary>Digests of everything that some model or dataset needs: manifests and layers.</summary>
    public static HashSet<string> Needed(SqliteConnection connection) =>
        [.. connection.Query<string>("SELECT digest FROM models UNION SELECT blob FROM layers UNION SELECT digest FROM datasets UNION SELECT blob FROM dataset_layers")];

    /// <summary>The same, as if some models were gone.</summary>
    public static HashSet<string> NeededWithout(SqliteConnection connection, HashSet<string> gone) =>
        [.. connection.Query<Need>("SELECT digest AS Model, digest AS Blob FROM models UNION ALL SELECT model AS Model, blob AS Blob FROM layers UNION ALL SELECT digest AS Model, digest AS Blob FROM datasets UNION ALL SELECT dataset AS Model, blob AS Blob FROM dataset_layers").Where(row => !gone.Contains(row.Model)).Select(static row => row.Blob)];

    public static List<Digest> BlobsOf(SqliteConnection connection, Digest model) =>
        [.. connection.Query<string>("SELECT blob FROM layers WHERE model = @model", new { model = model.ToString() }).Select(Digest.Parse)];

    // Dapper fills them by name.
    private sealed record Need
    {
        public string Model { get; init; } = "";

        public string Blob { get; init; } = "";
    }

    private sealed record Row
    {
        public string Name { get; init; } = "";

        public string Digest { get; init; } = "";

        public long Size { get; init; }

        public string Architecture { get; init; } = "";

        public string Quantization { get; init; } = "";

        public long Parameters { get; init; }

        public long ContextLength { get; init; }

        public long Created { get; init; }

        public long LastUsed { get; init; }

        public string Source { get; init; } = "";

        public string Labels { get; init; } = "{}";

        public ModelRecord ToRecord() => new()
        {
            Name = Name,
            Digest = Content.Digest.Parse(Digest),
            Size = Size,
            Architecture = Architecture,
            Quantization = Quantization,
            Parameters = (ulong)Parameters,
            ContextLength = (int)ContextLength,
            Created = DateTimeOffset.FromUnixTimeMilliseconds(Created),
            LastUsed = LastUsed == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(LastUsed),
            Source = Source,
            Labels = Labels == "{}" ? EmptyLabels : JsonSerializer.Deserialize(Labels, ModelsJson.Default.DictionaryStringString)!,
        };

        private static readonly Dictionary<string, string> EmptyLabels = [];
    }
}
