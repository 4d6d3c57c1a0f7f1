namespace Ilab.Engine.Store.State.Migrations;

/// <summary>Files that users upload for later requests.</summary>
internal sealed class M0006Files : IMigration
{
    public int Version => 6;

    public string Sql =>
        """
            CREATE TABLE files (
                id TEXT PRIMARY KEY, uid INTEGER NOT NULL, name TEXT NOT NULL, purpose TEXT NOT NULL, digest TEXT NOT NULL, size INTEGER NOT NULL,
                created INTEGER NOT NULL, expires INTEGER
            ) STRICT;
            """;
}
