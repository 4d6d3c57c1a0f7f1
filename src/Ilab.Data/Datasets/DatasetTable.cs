using Dapper;
using Ilab.Engine.Store.Catalog;
using Microsoft.Data.Sqlite;

namespace Ilab.Data.Datasets;

/// <summary>Data access for dataset properties beyond names and blobs.</summary>
internal static class DatasetTable
{
    private const string Select = """
        SELECT IFNULL(n.name, '') AS Name, o.digest AS Digest, o.size AS Size, o.samples AS Samples,
               IFNULL(n.created, o.created) AS Created, o.source AS Source, IFNULL(n.uid, o.uid) AS Uid, IFNULL(n.labels, '{}') AS Labels
        FROM datasets o LEFT JOIN dataset_names n ON n.digest = o.digest
        """;

    private static readonly CatalogSchema Schema = new(
        Objects: "datasets",
        Names: "dataset_names",
        Layers: "dataset_layers",
        LayerObject: "dataset",
        Noun: "dataset",
        MissingHint: "'ilab data ls' lists datasets",
        InUseHint: "wait until it is no longer used, or use --force",
        RepairHint: "remove the dataset with 'ilab data rm', then import or generate it again"
    );

    public static CatalogTable<DatasetRecord> Catalog { get; } =
        new(Schema, Select, static (connection, sql, parameters) => connection.Query<Row>(sql, parameters).Select(static row => row.ToRecord()));

    public static void Insert(SqliteConnection connection, SqliteTransaction transaction, DatasetRecord dataset) =>
        connection.Execute(
            "INSERT OR IGNORE INTO datasets (digest, size, samples, source, created, uid) VALUES (@digest, @Size, @Samples, @Source, @created, @uid)",
            new
            {
                digest = dataset.Digest.ToString(),
                dataset.Size,
                dataset.Samples,
                dataset.Source,
                created = dataset.Created.ToUnixTimeMilliseconds(),
                uid = (long)dataset.Uid,
            },
            transaction
        );

    // Filled by Dapper by name.
    private sealed record Row
    {
        public string Name { get; init; } = "";

        public string Digest { get; init; } = "";

        public long Size { get; init; }

        public long Uid { get; init; }

        public long Samples { get; init; }

        public long Created { get; init; }

        public string Source { get; init; } = "";

        public string Labels { get; init; } = "{}";

        public DatasetRecord ToRecord() =>
            new()
            {
                Name = Name,
                Digest = Engine.Store.Content.Digest.Parse(Digest),
                Size = Size,
                Uid = (uint)Uid,
                Samples = Samples,
                Created = DateTimeOffset.FromUnixTimeMilliseconds(Created),
                Source = Source,
                Labels = CatalogTable<DatasetRecord>.LabelsOf(Labels),
            };
    }
}
