using System.Text.Json;
using Dapper;
using Ilab.Engine.Store.Content;
using Microsoft.Data.Sqlite;

namespace Ilab.Engine.Store.Catalog;

/// <summary>Data access for model properties beyond names and blobs.</summary>
internal static class ModelTable
{
    private const string Select = """
        SELECT IFNULL(n.name, '') AS Name, o.digest AS Digest, o.size AS Size, o.architecture AS Architecture, o.quantization AS Quantization,
               o.parameters AS Parameters, o.context_length AS ContextLength, IFNULL(n.created, o.created) AS Created, o.last_used AS LastUsed,
               o.source AS Source, IFNULL(n.uid, o.uid) AS Uid, IFNULL(n.labels, '{}') AS Labels
        FROM models o LEFT JOIN names n ON n.digest = o.digest
        """;

    private static readonly CatalogSchema Schema = new(
        Objects: "models",
        Names: "names",
        Layers: "layers",
        LayerObject: "model",
        Noun: "model",
        MissingHint: "'ilab model ls' lists models; 'ilab model download' gets more",
        InUseHint: "stop it first with 'ilab model stop', or use --force",
        RepairHint: "remove the model with 'ilab model rm', then import or download it again"
    );

    public static CatalogTable<ModelRecord> Catalog { get; } =
        new(Schema, Select, static (connection, sql, parameters) => connection.Query<Row>(sql, parameters).Select(static row => row.ToRecord()));

    /// <summary>Null if the model no longer exists.</summary>
    public static ModelSummary? SummaryOf(SqliteConnection connection, Digest digest) =>
        connection.ExecuteScalar<string?>("SELECT summary FROM models WHERE digest = @digest", new { digest = digest.ToString() }) is { } json
            ? JsonSerializer.Deserialize(json, ModelsJson.Default.ModelSummary)
            : null;

    public static void Insert(SqliteConnection connection, SqliteTransaction transaction, ModelRecord model, ModelSummary summary) =>
        connection.Execute(
            """
            INSERT OR IGNORE INTO models (digest, size, architecture, quantization, parameters, context_length, source, created, summary, uid)
            VALUES (@digest, @size, @architecture, @quantization, @parameters, @context, @source, @created, @summary, @uid)
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
                uid = (long)model.Uid,
                summary = JsonSerializer.Serialize(summary, ModelsJson.Default.ModelSummary),
            },
            transaction
        );

    public static int Touch(SqliteConnection connection, SqliteTransaction transaction, Digest digest, DateTimeOffset now) =>
        connection.Execute(
            "UPDATE models SET last_used = @now WHERE digest = @digest",
            new { now = now.ToUnixTimeMilliseconds(), digest = digest.ToString() },
            transaction
        );

    // Filled by Dapper by name.
    private sealed record Row
    {
        public string Name { get; init; } = "";

        public string Digest { get; init; } = "";

        public long Size { get; init; }

        public long Uid { get; init; }

        public string Architecture { get; init; } = "";

        public string Quantization { get; init; } = "";

        public long Parameters { get; init; }

        public long ContextLength { get; init; }

        public long Created { get; init; }

        public long LastUsed { get; init; }

        public string Source { get; init; } = "";

        public string Labels { get; init; } = "{}";

        public ModelRecord ToRecord() =>
            new()
            {
                Name = Name,
                Digest = Content.Digest.Parse(Digest),
                Size = Size,
                Uid = (uint)Uid,
                Architecture = Architecture,
                Quantization = Quantization,
                Parameters = (ulong)Parameters,
                ContextLength = (int)ContextLength,
                Created = DateTimeOffset.FromUnixTimeMilliseconds(Created),
                LastUsed = LastUsed == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(LastUsed),
                Source = Source,
                Labels = CatalogTable<ModelRecord>.LabelsOf(Labels),
            };
    }
}
