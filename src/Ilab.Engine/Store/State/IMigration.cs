namespace Ilab.Engine.Store.State;

/// <summary>A migration of the database schema. Never changed once released.</summary>
internal interface IMigration
{
    /// <summary>Starts at 1.</summary>
    int Version { get; }

    string Sql { get; }
}
