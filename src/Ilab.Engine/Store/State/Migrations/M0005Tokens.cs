namespace Ilab.Engine.Store.State.Migrations;

/// <summary>Tokens for the HTTP APIs, by the hash of their secret.</summary>
internal sealed class M0005Tokens : IMigration
{
    public int Version => 5;

    public string Sql =>
        """
            CREATE TABLE tokens (
                id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, name TEXT NOT NULL, scopes TEXT NOT NULL, uid INTEGER NOT NULL, created INTEGER NOT NULL,
                expires INTEGER
            ) STRICT;
            """;
}
