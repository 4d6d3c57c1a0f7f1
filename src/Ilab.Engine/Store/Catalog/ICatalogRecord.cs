using Ilab.Engine.Store.Content;

namespace Ilab.Engine.Store.Catalog;

/// <summary>One name of one object of the store, or an object that has none.</summary>
public interface ICatalogRecord
{
    /// <summary>With tag; empty when no name is left.</summary>
    string Name { get; }

    /// <summary>Of the manifest: the object's id.</summary>
    Digest Digest { get; }

    DateTimeOffset Created { get; }

    IReadOnlyDictionary<string, string> Labels { get; }
}
