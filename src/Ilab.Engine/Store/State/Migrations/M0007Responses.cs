namespace Ilab.Engine.Store.State.Migrations;

/// <summary>Answers that clients refer to later.</summary>
internal sealed class M0007Responses : IMigration
{
    public int Version => 7;

    public string Sql =>
        """
            CREATE TABLE responses (
                id TEXT PRIMARY KEY, uid INTEGER NOT NULL, previous TEXT, created INTEGER NOT NULL, input TEXT NOT NULL, response TEXT NOT NULL
            ) STRICT;
            CREATE INDEX responses_of_user ON responses (uid, created);
            CREATE INDEX responses_by_age ON responses (created);
            """;
}
