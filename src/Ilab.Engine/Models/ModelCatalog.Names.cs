using Ilab.Engine.Content;
using Ilab.Engine.Errors;

namespace Ilab.Engine.Models;

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
        var names = await NamesAsync(model.Digest, cancellationToken).ConfigureAwait(false);
        if (!byName && names.Count > 1 && !force)
        {
            throw new EngineException(ErrorKind.InUse, $"{reference} has {names.Count} names: {string.Join(", ", names)}", "remove them by name, or all with --force");
        }

        var untagged = byName ? [model.Name] : names;
        var last = untagged.Count == names.Count;
        if (last && leases.IsLeased(model.Digest))
        {
            throw new EngineException(ErrorKind.InUse, $"{reference} is in use ({string.Join(", ", leases.Owners(model.Digest))})", "stop it first with 'ilab model stop', or use --force");
        }

        var blobs = last ? await database.ReadAsync(connection => ModelTable.BlobsOf(connection, model.Digest), cancellationToken).ConfigureAwait(false) : [];
        await database.WriteAsync(
            (connection, transaction) =>
            {
                untagged.ForEach(gone => ModelTable.DeleteName(connection, transaction, gone));
                if (last)
                {
                    ModelTable.DeleteModel(connection, transaction, model.Digest);
                }

                return 0;
            },
            cancellationToken).ConfigureAwait(false);
        var reclaimed = last ? await DeleteUnneededAsync([.. blobs, model.Digest], cancellationToken).ConfigureAwait(false) : 0;
        return new Removal(untagged, last ? [model.Digest] : [], reclaimed);
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
