using System.Runtime.CompilerServices;
using Ilab.Data.Datasets;
using Ilab.Engine.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Store.Content;

namespace Ilab.Data.Mixing;

/// <summary>The records of a part, leased until this is disposed.</summary>
/// <param name="Name">Name of the dataset or file.</param>
/// <param name="Digest">Digest of the dataset's manifest, or of the file's records.</param>
/// <param name="Path">File with the records.</param>
internal sealed record MixContent(string Name, string Digest, string Path, IDisposable Lease) : IDisposable
{
    public void Dispose() => Lease.Dispose();
}

/// <summary>Resolves the records of parts.</summary>
/// <param name="caller">Whose permissions apply.</param>
internal sealed class MixContents(DatasetCatalog catalog, DatasetImporter importer, ICallerFiles files, Caller caller)
{
    private const int PieceSize = 1 << 20;

    /// <exception cref="EngineException">NOT_FOUND; INVALID_ARGUMENT: the file does not contain records; UPLOAD_REQUIRED: it cannot be read on behalf of the
    /// caller.</exception>
    public async Task<MixContent> FindAsync(MixPart part, CancellationToken cancellationToken)
    {
        if (part.Path is not { } path)
        {
            var dataset = await catalog.ResolveAsync(caller, part.Reference, "mixing", cancellationToken).ConfigureAwait(false);
            try
            {
                return new MixContent(dataset.Record.Name, dataset.Record.Digest.ToString(), dataset.PathOf(part.File), dataset);
            }
            catch
            {
                dataset.Dispose();
                throw;
            }
        }

        var held = new LeaseGroup(catalog.Leases, "mixing");
        try
        {
            var (file, _, _) = await importer
                .StoreAsync(Path.GetFileName(path), PiecesAsync(path, cancellationToken), DatasetImporter.StoreOptions.ForMixing, held, cancellationToken)
                .ConfigureAwait(false);
            return new MixContent(Path.GetFileName(path), file.Digest.ToString(), catalog.Content.BlobPath(file.Digest), held);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    private async IAsyncEnumerable<ReadOnlyMemory<byte>> PiecesAsync(string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var handle = files.Open(path, caller.Uid);
        var file = new FileStream(handle, FileAccess.Read, 0);
        await using var open = file.ConfigureAwait(false);
        var buffer = new byte[PieceSize];
        for (int read; (read = await file.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0; )
        {
            yield return buffer.AsMemory(0, read);
        }
    }
}
