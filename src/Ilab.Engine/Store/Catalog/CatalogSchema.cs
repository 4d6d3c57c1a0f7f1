namespace Ilab.Engine.Store.Catalog;

/// <summary>Tables of one kind of object, and texts for its messages.</summary>
/// <param name="Objects">Table of the objects, with the columns digest and created.</param>
/// <param name="Names">Table of their names, with the columns name, digest, created and labels.</param>
/// <param name="Layers">Table of the blobs of each object, with the column blob.</param>
/// <param name="LayerObject">Column of <paramref name="Layers"/> that holds the object's digest.</param>
/// <param name="Noun">Singular noun, such as <c>model</c>.</param>
/// <param name="MissingHint">Hint if no object has that name.</param>
/// <param name="InUseHint">Hint if an object is in use.</param>
/// <param name="RepairHint">Hint if an object is damaged.</param>
public sealed record CatalogSchema(
    string Objects,
    string Names,
    string Layers,
    string LayerObject,
    string Noun,
    string MissingHint,
    string InUseHint,
    string RepairHint
);
