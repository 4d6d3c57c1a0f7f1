using Ilab.Engine.Store.Content;

namespace Ilab.Engine.Store.Catalog;

/// <summary>An object in the store under one of its names, or an untagged object.</summary>
public interface ICatalogRecord
{
    /// <summary>With tag; empty if untagged.</summary>
    string Name { get; }

    /// <summary>Digest of the manifest: the object's id.</summary>
    Digest Digest { get; }

    /// <summary>User id of the owner: of the name, or of an untagged object.</summary>
    uint Uid { get; }

    DateTimeOffset Created { get; }

    IReadOnlyDictionary<string, string> Labels { get; }
}
