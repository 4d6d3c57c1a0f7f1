namespace Ilab.Engine.Store.Catalog;

/// <summary>Where one kind of object lives in the database, and what its messages call it.</summary>
/// <param name="Objects">Table of the objects, with the columns digest and created.</param>
/// <param name="Names">Table of their names, with the columns name, digest, created and labels.</param>
/// <param name="Layers">Table of the blobs of each object, with the column blob.</param>
/// <param name="LayerObject">Column of <paramref name="Layers"/> that holds the object's digest.</param>
/// <param name="Noun">One of them, such as <c>model</c>.</param>
/// <param name="MissingHint">What to do when there is none of that name.</param>
/// <param name="InUseHint">How to end the use of one.</param>
/// <param name="RepairHint">How to get a damaged one again.</param>
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
