using Ilab.Engine.Errors;
using Ilab.Engine.Store.Content;

namespace Ilab.Engine.Store.Catalog;

public sealed partial class ModelCatalog
{
    /// <summary>Gives a model one more name; the name moves when another model has it.</summary>
    public Task<ModelRecord> TagAsync(string source, string target, CancellationToken cancellationToken) => NameAsync(source, target, replace: true, cancellationToken);

    /// <summary>The same, but a name that is taken stays unless <paramref name="replace"/>.</summary>
    public Task<ModelRecord> CopyAsync(string source, string target, bool replace, CancellationToken cancellationToken) => NameAsync(source, target, replace, cancellationToken);

    /// <summary>Removes a name, or with an id every name; a model without a name goes, and its blobs that nothing else needs.</summary>
    /// <exception cref="EngineException">NOT_FOUND, AMBIGUOUS, IN_USE.</exception>
    public async Task<Removal> RemoveAsync(string reference, bool force, CancellationToken cancellationToken)
    {
        var model = await FindAsync(reference, cancellationToken).ConfigureAwait(false);
        var byName = ModelName.TryParse(reference, out var name) && name.ToString() == model.Name;
        var (untagged, blobs) = await database.WriteAsync(
            (connection, transaction) =>
            {
                var names = ModelTable.NamesOf(connection, model.Digest);
                if (!byName && names.Count > 1 && !force)
                {
                    throw new EngineException(ErrorKind.InUse, $"{reference} has {names.Count} names: {string.Join(", ", names)}", "remove them by name, or all with --force");
                }

                if (byName && names.Count > 1)
                {
                    ModelTable.DeleteName(connection, transaction, model.Name);
                    return (Names: [model.Name], Blobs: (List<Digest>?)null);
                }

                if (!force && leases.IsLeased(model.Digest))
                {
                    throw new EngineException(ErrorKind.InUse, $"{reference} is in use ({string.Join(", ", leases.Owners(model.Digest))})", "stop it first with 'ilab model stop', or use --force");
                }

                var blobs = ModelTable.BlobsOf(connection, model.Digest);
                ModelTable.DeleteModel(connection, transaction, model.Digest);
                return (Names: names, Blobs: (List<Digest>?)blobs);
            },
            cancellationToken).ConfigureAwait(false);

        // With force somebody may still use the bytes: those stay until nobody does, and a prune takes them.
        var reclaimed = blobs is null ? 0 : await DeleteUnneededAsync([.. blobs, model.Digest], cancellationToken).ConfigureAwait(false);
        return new Removal(untagged, blobs is null ? [] : [model.Digest], reclaimed);
    }

    private async Task<ModelRecord> NameAsync(string source, string target, bool replace, CancellationToken cancellationToken)
    {
        var name = ModelName.Parse(target).ToString();
        var model = await FindAsync(source, cancellationToken).ConfigureAwait(false);
        return await database.WriteAsync(
            (connection, transaction) =>
            {
                CheckFree(ModelTable.ByName(connection, name), model.Digest, replace);
                ModelTable.SetName(connection, transaction, name, model.Digest, time.GetUtcNow(), model.Labels);
                return ModelTable.ByName(connection, name)!;
            },
            cancellationToken).ConfigureAwait(false);
    }
}

/// <summary>What a removal took away; bytes in <paramref name="Reclaimed"/>.</summary>
public sealed record Removal(IReadOnlyList<string> Untagged, IReadOnlyList<Digest> Deleted, long Reclaimed);
