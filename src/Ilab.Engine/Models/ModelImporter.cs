using System.Security.Cryptography;
using Ilab.Engine.Content;
using Ilab.Engine.Errors;
using Microsoft.Win32.SafeHandles;

namespace Ilab.Engine.Models;

/// <summary>What is to be imported.</summary>
public sealed record ImportOptions
{
    public string? Name { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    public bool Replace { get; init; }

    /// <summary>Hard link even when the file does not belong to this service's user.</summary>
    public bool Link { get; init; }
}

/// <summary>How far a transfer is; sizes in bytes.</summary>
public readonly record struct Transfer(string Item, string Phase, long Done, long Total, double BytesPerSecond);

/// <summary>
/// Local files into the store. No second copy where it can be helped: shared extents where the file system has them, a hard link where the file is the service
/// user's own (its identity is noted, <see cref="LinkTable"/>), else one pass that reads, hashes and writes.
/// </summary>
public sealed class ModelImporter(ContentStore content, ModelCatalog catalog, LeaseTable leases, LinkTable links, TimeProvider time)
{
    private const int BufferSize = 4 << 20;

    /// <param name="path">A GGUF file, or a folder with one model.</param>
    /// <param name="open">Opens a file for reading with the caller's rights.</param>
    public async Task<ModelRecord> ImportAsync(string path, ImportOptions options, Func<string, SafeFileHandle> open, Action<Transfer> progress, CancellationToken cancellationToken)
    {
        var files = ModelFolder.Find(path);
        if (options.Name is { } name)
        {
            ModelName.Parse(name); // before the work, not after it
        }

        GgufSummary.Read(files.Weights);
        var held = new List<IDisposable>();
        try
        {
            var blobs = new List<Digest>();
            foreach (var file in files.Weights)
            {
                using var handle = open(file);
                var digest = await StoreAsync(file, handle, options.Link, held, progress, cancellationToken).ConfigureAwait(false);
                blobs.Add(digest);
            }

            progress(new Transfer(Path.GetFileName(files.Weights[0]), "committing", 0, 0, 0));
            return await catalog.RegisterAsync(
                new NewModel
                {
                    Weights = blobs,
                    Name = options.Name,
                    Source = $"import:{path}",
                    FileName = Path.GetFileName(files.Weights[0]),
                    Labels = options.Labels,
                    Replace = options.Replace,
                    License = files.License,
                },
                cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            held.ForEach(static lease => lease.Dispose());
        }
    }

    private async Task<Digest> StoreAsync(string path, SafeFileHandle source, bool link, List<IDisposable> held, Action<Transfer> progress, CancellationToken cancellationToken)
    {
        var before = FileSystem.IdentityOf(source);
        var ingest = await content.OpenIngestAsync($"import-{Guid.NewGuid():N}", cancellationToken).ConfigureAwait(false);
        await using (ingest.ConfigureAwait(false))
        {
            try
            {
                if (ingest.TryClone(source))
                {
                    await ingest.HashAsync(Meter(path, "hashing", before.Size, progress), cancellationToken).ConfigureAwait(false);
                    var cloned = await ingest.CommitAsync(null, null, cancellationToken).ConfigureAwait(false);
                    held.Add(leases.Acquire(cloned, "import"));
                    return cloned;
                }

                return (link || before.Owner == FileSystem.EffectiveUser())
                    && await TryLinkAsync(path, source, before, held, progress, cancellationToken).ConfigureAwait(false) is { } linked
                    ? linked
                    : await CopyAsync(path, source, before, ingest, held, progress, cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                ingest.Abort();
                throw;
            }
        }
    }

    private async Task<Digest?> TryLinkAsync(string path, SafeFileHandle source, FileIdentity before, List<IDisposable> held, Action<Transfer> progress, CancellationToken cancellationToken)
    {
        var temporary = Path.Combine(content.Root, "content", "ingest", $"link-{Guid.NewGuid():N}");
        if (!FileSystem.TryLink(path, temporary))
        {
            return null; // another file system, or the kernel protects it
        }

        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            await ReadAsync(source, before.Size, Meter(path, "hashing", before.Size, progress), bytes => { hash.AppendData(bytes.Span); return default; }, cancellationToken).ConfigureAwait(false);
            var digest = Digest.Of(hash.GetHashAndReset());
            CheckUnchanged(path, before, FileSystem.IdentityOf(temporary));
            held.Add(leases.Acquire(digest, "import"));
            if (!content.Contains(digest))
            {
                File.Move(temporary, content.BlobPath(digest));
                FileSystem.SyncDirectory(content.BlobFolder);
                await links.NoteAsync(digest, cancellationToken).ConfigureAwait(false);
            }

            return digest;
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private async Task<Digest> CopyAsync(string path, SafeFileHandle source, FileIdentity before, Ingest ingest, List<IDisposable> held, Action<Transfer> progress, CancellationToken cancellationToken)
    {
        if (new DriveInfo(content.Root).AvailableFreeSpace < before.Size)
        {
            throw content.DiskFull(before.Size);
        }

        await ReadAsync(source, before.Size, Meter(path, "copying", before.Size, progress), bytes => ingest.WriteAsync(bytes, cancellationToken), cancellationToken).ConfigureAwait(false);
        CheckUnchanged(path, before, FileSystem.IdentityOf(source));
        var digest = await ingest.CommitAsync(null, before.Size, cancellationToken).ConfigureAwait(false);
        held.Add(leases.Acquire(digest, "import"));
        return digest;
    }

    /// <summary>Reads ahead while what was read is worked on.</summary>
    private static async Task ReadAsync(SafeFileHandle source, long size, Action<long> progress, Func<ReadOnlyMemory<byte>, ValueTask> use, CancellationToken cancellationToken)
    {
        var (current, next) = (new byte[BufferSize], new byte[BufferSize]);
        var read = await RandomAccess.ReadAsync(source, current, 0, cancellationToken).ConfigureAwait(false);
        for (long at = 0; read > 0;)
        {
            var ahead = Task.Run(async () => await RandomAccess.ReadAsync(source, next, at + read, cancellationToken).ConfigureAwait(false), cancellationToken);
            await use(current.AsMemory(0, read)).ConfigureAwait(false);
            var upcoming = await ahead.ConfigureAwait(false);
            at += read;
            progress(Math.Min(at, size));
            (current, next, read) = (next, current, upcoming);
        }
    }

    private static void CheckUnchanged(string path, FileIdentity before, FileIdentity after)
    {
        if (before.Size != after.Size || before.Modified != after.Modified)
        {
            throw new EngineException(ErrorKind.Corrupt, $"{path} was changed while it was read", "import it again when nothing writes to it");
        }
    }

    /// <summary>Tells about ten times a second.</summary>
    private Action<long> Meter(string path, string phase, long total, Action<Transfer> progress)
    {
        var started = time.GetTimestamp();
        var last = -1L;
        return done =>
        {
            var elapsed = time.GetElapsedTime(started);
            if (done == total || elapsed.TotalMilliseconds / 100 > last)
            {
                last = (long)(elapsed.TotalMilliseconds / 100) + 1;
                progress(new Transfer(Path.GetFileName(path), phase, done, total, done / Math.Max(elapsed.TotalSeconds, 0.001)));
            }
        };
    }
}
