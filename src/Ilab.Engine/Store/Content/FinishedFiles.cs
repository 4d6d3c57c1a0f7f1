using System.Security.Cryptography;
using Ilab.Posix.Files;
using Ilab.Posix.Processes;

namespace Ilab.Engine.Store.Content;

/// <summary>
/// Results of work become blobs. Their bytes are read once, to be hashed, unless the work did that on the way; they are written again only where the file
/// system cannot share them.
/// </summary>
public static class FinishedFiles
{
    private const int BufferSize = 1 << 20;

    /// <summary>
    /// Makes a blob of a result, which stays where it is: whatever is interrupted in between, the next attempt finds it and begins again.
    /// </summary>
    /// <param name="key">Of the partial write, the same in every attempt and nobody else's: what an earlier one left is dropped.</param>
    /// <param name="source">At its beginning; if it is a file of this service, nobody writes to it any more.</param>
    /// <param name="held">Gets a lease on the blob before it is there.</param>
    /// <exception cref="Errors.EngineException">DISK_FULL.</exception>
    public static Task<Digest> TakeAsync(this ContentStore content, string key, Stream source, LeaseGroup held, CancellationToken cancellationToken) =>
        content.TakeAsync(key, source, held, null, cancellationToken);

    /// <param name="written">Digest and length that the work made while it wrote; null, or a source of another length: the source is read.</param>
    /// <inheritdoc cref="TakeAsync(ContentStore, string, Stream, LeaseGroup, CancellationToken)"/>
    public static async Task<Digest> TakeAsync(
        this ContentStore content,
        string key,
        Stream source,
        LeaseGroup held,
        (Digest Digest, long Bytes)? written,
        CancellationToken cancellationToken
    )
    {
        // Never written to: it may be one more name of the source.
        content.DeleteIngest(key);
        if (source is FileStream file && FileSystem.IdentityOf(file.SafeFileHandle).BelongsTo(CurrentProcess.EffectiveUser))
        {
            var path = content.IngestPath(key);
            if (FileSystem.TryShare(file.SafeFileHandle, path))
            {
                var digest =
                    written is { } known && known.Bytes == file.Length ? known.Digest : await DigestAsync(file, cancellationToken).ConfigureAwait(false);
                held.Add(digest);
                FileSystem.SyncFile(path);
                content.Settle(path, digest);
                return digest;
            }
        }

        var ingest = await content.OpenIngestAsync(key, cancellationToken).ConfigureAwait(false);
        await using var opened = ingest.ConfigureAwait(false);
        await ReadAsync(source, bytes => ingest.WriteAsync(bytes, cancellationToken), cancellationToken).ConfigureAwait(false);
        held.Add(ingest.Digest);
        return await ingest.CommitAsync(null, null, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<Digest> DigestAsync(FileStream source, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await ReadAsync(
                source,
                bytes =>
                {
                    hash.AppendData(bytes.Span);
                    return default;
                },
                cancellationToken
            )
            .ConfigureAwait(false);
        return Digest.Of(hash.GetHashAndReset());
    }

    private static async Task ReadAsync(Stream source, Func<ReadOnlyMemory<byte>, ValueTask> use, CancellationToken cancellationToken)
    {
        var buffer = new byte[BufferSize];
        for (int count; (count = await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0; )
        {
            await use(buffer.AsMemory(0, count)).ConfigureAwait(false);
        }
    }
}
