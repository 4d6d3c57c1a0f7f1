using Microsoft.Data.Sqlite;

namespace Ilab.Engine.Store.Catalog;

/// <summary>A part of the engine whose rows refer to blobs. Garbage collection asks every registered owner and removes what none of them uses.</summary>
public interface IBlobOwner
{
    /// <summary>Every blob in use, manifests included.</summary>
    IEnumerable<BlobUse> Uses(SqliteConnection connection);
}

/// <param name="Object">What uses it: digest of a manifest, or another id.</param>
/// <param name="Blob">Digest as text.</param>
public readonly record struct BlobUse(string Object, string Blob);
