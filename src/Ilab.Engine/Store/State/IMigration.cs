namespace Ilab.Engine.Store.State;

/// <summary>One step of the database's shape. Never changed once released; a later step changes what it made.</summary>
internal interface IMigration
{
    /// <summary>1, 2, 3, ...</summary>
    int Version { get; }

    string Sql { get; }
}
