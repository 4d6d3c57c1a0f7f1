namespace Ilab.Engine.Store.State.Migrations;

/// <summary>Datasets and their names.</summary>
internal sealed class M0003Datasets : IMigration
{
    public int Version => 3;

    public string Sql =>
        """
            CREATE TABLE datasets (
                digest TEXT PRIMARY KEY,
                size INTEGER NOT NULL,
                samples INTEGER NOT NULL,
                source TEXT NOT NULL,
                created INTEGER NOT NULL
            );
            CREATE TABLE dataset_names (
                name TEXT PRIMARY KEY,
                digest TEXT NOT NULL REFERENCES datasets(digest),
                created INTEGER NOT NULL,
                labels TEXT NOT NULL DEFAULT '{}'
            );
            CREATE INDEX dataset_names_digest ON dataset_names(digest);
            CREATE TABLE dataset_layers (
                dataset TEXT NOT NULL REFERENCES datasets(digest) ON DELETE CASCADE,
                blob TEXT NOT NULL,
                PRIMARY KEY (dataset, blob)
            );
            CREATE INDEX dataset_layers_blob ON dataset_layers(blob);
            """;
}
