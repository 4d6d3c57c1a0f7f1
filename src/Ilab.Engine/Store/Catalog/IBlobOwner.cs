using Microsoft.Data.Sqlite;

namespace Ilab.Engine.Store.Catalog;

/// <summary>A part of the engine whose rows reference blobs, or have a size that counts. Garbage collection consults every registered owner.</summary>
public interface IBlobOwner
{
    /// <summary>All blobs in use, including manifests.</summary>
    IEnumerable<BlobUse> Uses(SqliteConnection connection);

    /// <summary>Blobs of what belongs to a user, for quotas.</summary>
    IEnumerable<string> OfUser(SqliteConnection connection, uint uid) => [];

    /// <summary>Bytes of what belongs to a user in the database itself, for quotas.</summary>
    long BytesOfUser(SqliteConnection connection, uint uid) => 0;
}

/// <param name="Object">The user: digest of a manifest, or another id.</param>
/// <param name="Blob">Digest in text form.</param>
public readonly record struct BlobUse(string Object, string Blob);
