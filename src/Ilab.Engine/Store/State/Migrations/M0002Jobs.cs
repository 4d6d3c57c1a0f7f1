namespace Ilab.Engine.Store.State.Migrations;

/// <summary>Jobs: requests, and a projection of each event log.</summary>
internal sealed class M0002Jobs : IMigration
{
    public int Version => 2;

    public string Sql =>
        """
            CREATE TABLE jobs (
                id TEXT PRIMARY KEY,
                request_id TEXT UNIQUE,
                kind TEXT NOT NULL,
                title TEXT NOT NULL,
                request TEXT NOT NULL,
                state INTEGER NOT NULL,
                created INTEGER NOT NULL,
                started INTEGER,
                ended INTEGER,
                attempts INTEGER NOT NULL DEFAULT 0,
                uid INTEGER NOT NULL,
                result TEXT NOT NULL DEFAULT '',
                error_kind INTEGER NOT NULL DEFAULT 0,
                error TEXT NOT NULL DEFAULT '',
                error_hint TEXT NOT NULL DEFAULT '',
                labels TEXT NOT NULL DEFAULT '{}'
            );
            CREATE INDEX jobs_state ON jobs(state);
            """;
}
