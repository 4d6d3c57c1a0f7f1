using Microsoft.Data.Sqlite;

namespace Ilab.Engine.Store.State;

/// <summary>A migration of the database schema. Never changed once released.</summary>
internal interface IMigration
{
    /// <summary>Starts at 1.</summary>
    int Version { get; }

    string Sql { get; }

    /// <summary>
    /// Does what cannot be said in SQL, before the backup of the earlier version is made and outside of a transaction. It runs again if the service ends before
    /// the migration is committed. The database may be of any earlier version; not called for a new one.
    /// </summary>
    /// <param name="storeDirectory">The store's directory.</param>
    void Prepare(SqliteConnection connection, string storeDirectory) { }
}
