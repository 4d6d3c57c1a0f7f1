namespace Ilab.Engine.Store.State.Migrations;

/// <summary>Names, the models they refer to, and files that share their inode with a blob.</summary>
internal sealed class M0001Models : IMigration
{
    public int Version => 1;

    public string Sql =>
        """
            CREATE TABLE models (
                digest TEXT PRIMARY KEY,
                size INTEGER NOT NULL,
                architecture TEXT NOT NULL,
                quantization TEXT NOT NULL,
                parameters INTEGER NOT NULL,
                context_length INTEGER NOT NULL,
                source TEXT NOT NULL,
                created INTEGER NOT NULL,
                last_used INTEGER NOT NULL DEFAULT 0,
                summary TEXT NOT NULL
            );
            CREATE TABLE names (
                name TEXT PRIMARY KEY,
                digest TEXT NOT NULL REFERENCES models(digest),
                created INTEGER NOT NULL,
                labels TEXT NOT NULL DEFAULT '{}'
            );
            CREATE INDEX names_digest ON names(digest);
            CREATE TABLE layers (
                model TEXT NOT NULL REFERENCES models(digest) ON DELETE CASCADE,
                blob TEXT NOT NULL,
                PRIMARY KEY (model, blob)
            );
            CREATE INDEX layers_blob ON layers(blob);
            CREATE TABLE links (
                blob TEXT PRIMARY KEY,
                device TEXT NOT NULL,
                inode TEXT NOT NULL,
                size INTEGER NOT NULL,
                modified INTEGER NOT NULL,
                changed INTEGER NOT NULL
            );
            """;
}
