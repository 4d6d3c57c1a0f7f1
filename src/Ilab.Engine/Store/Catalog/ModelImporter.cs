using System.Security.Cryptography;
using System.Text;
using Ilab.Engine.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Events;
using Ilab.Engine.Store.Content;
using Ilab.Posix.Files;
using Ilab.Posix.Processes;
using Microsoft.Win32.SafeHandles;

namespace Ilab.Engine.Store.Catalog;

/// <summary>Options of an import.</summary>
public sealed record ImportOptions
{
    public string? Name { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    public bool Replace { get; init; }

    /// <summary>Register without a name.</summary>
    public bool Anonymous { get; init; }

    /// <summary>On whose behalf: the owner of the name.</summary>
    public Caller Caller { get; init; } = Caller.Service;

    /// <summary>Hard link even if the file does not belong to the service's user.</summary>
    public bool Link { get; init; }
}

/// <summary>
/// Imports local files into the store, without a second copy where possible: shared extents if the file system supports them; a hard link if the file belongs
/// to the service's user (its identity is recorded, see <see cref="LinkTable"/>); otherwise one pass that reads, hashes and writes.
/// </summary>
public sealed class ModelImporter(ContentStore content, ModelCatalog catalog, LeaseTable leases, LinkTable links, TimeProvider time)
{
    private const int BufferSize = 4 << 20;
    private static readonly TimeSpan CleanUp = TimeSpan.FromSeconds(30);

    /// <param name="path">A GGUF file, or a directory that contains one model.</param>
    /// <param name="open">Opens a file for reading with the caller's permissions.</param>
    public async Task<ModelRecord> ImportAsync(
        string path,
        ImportOptions options,
        Func<string, SafeFileHandle> open,
        Action<Transfer> progress,
        CancellationToken cancellationToken
    )
    {
        var files = ModelFolder.Find(path);
        if (options.Name is { } name)
        {
            await catalog.RequireFreeAsync(options.Caller, name, replace: true, cancellationToken).ConfigureAwait(false); // before the import, not after it
        }

        var held = new LeaseGroup(leases, "import");
        var handles = new List<SafeFileHandle>();
        var blobs = new List<Digest>();
        try
        {
            handles.AddRange(files.Weights.Select(open));
            SourceFile.RequireGguf(files.Weights[0], handles[0]);
            GgufSummary.Read(files.Weights, handles); // validated before the import, using the files that were opened
            await catalog.RequireQuotaAsync(options.Caller, handles.Sum(RandomAccess.GetLength), cancellationToken).ConfigureAwait(false);
            var license = files.LicensePath is { } text ? ReadLicense(text, open) : null;
            foreach (var (file, handle) in files.Weights.Zip(handles))
            {
                blobs.Add(await StoreAsync(file, handle, options.Link, held, progress, cancellationToken).ConfigureAwait(false));
            }

            progress(new Transfer(Path.GetFileName(files.Weights[0]), "committing", 0, 0, 0));
            return await catalog
                .RegisterAsync(
                    new NewModel
                    {
                        Weights = blobs,
                        Name = options.Name,
                        Anonymous = options.Anonymous,
                        Source = $"import:{path}",
                        FileName = Path.GetFileName(files.Weights[0]),
                        Labels = options.Labels,
                        Replace = options.Replace,
                        Caller = options.Caller,
                        License = license,
                    },
                    cancellationToken
                )
                .ConfigureAwait(false);
        }
        catch
        {
            // Do not leave a partial import behind.
            held.Dispose();
            using var bounded = new CancellationTokenSource(CleanUp, time);
            await catalog.DropAsync(blobs, bounded.Token).ConfigureAwait(false);
            throw;
        }
        finally
        {
            held.Dispose();
            handles.ForEach(static handle => handle.Dispose());
        }
    }

    private static string? ReadLicense(string path, Func<string, SafeFileHandle> open)
    {
        try
        {
            using var handle = open(path);
            var bytes = new byte[Math.Min(RandomAccess.GetLength(handle), ModelFolder.LongestLicense)];
            var read = RandomAccess.Read(handle, bytes, 0);
            return Encoding.UTF8.GetString(bytes, 0, read);
        }
        catch (EngineException exception) when (exception.Kind is ErrorKind.UploadRequired or ErrorKind.PermissionDenied or ErrorKind.InvalidArgument)
        {
            return null; // the caller may not read it, so it is not part of this model
        }
    }

    private async Task<Digest> StoreAsync(
        string path,
        SafeFileHandle source,
        bool link,
        LeaseGroup held,
        Action<Transfer> progress,
        CancellationToken cancellationToken
    )
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
                    CheckUnchanged(path, before, FileSystem.IdentityOf(source));
                    held.Add(ingest.Digest);
                    return await ingest.CommitAsync(null, null, cancellationToken).ConfigureAwait(false);
                }

                return
                    (link || before.BelongsTo(CurrentProcess.EffectiveUser))
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

    private async Task<Digest?> TryLinkAsync(
        string path,
        SafeFileHandle source,
        FileIdentity before,
        LeaseGroup held,
        Action<Transfer> progress,
        CancellationToken cancellationToken
    )
    {
        var temporary = Path.Combine(content.Root, "content", "ingest", $"link-{Guid.NewGuid():N}");
        if (!FileSystem.TryLink(source, temporary))
        {
            return null; // a different file system, or denied by the kernel
        }

        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            await ReadAsync(
                    source,
                    before.Size,
                    Meter(path, "hashing", before.Size, progress),
                    bytes =>
                    {
                        hash.AppendData(bytes.Span);
                        return default;
                    },
                    cancellationToken
                )
                .ConfigureAwait(false);
            var digest = Digest.Of(hash.GetHashAndReset());
            CheckUnchanged(path, before, FileSystem.IdentityOf(temporary));
            held.Add(digest);
            FileSystem.SyncFile(temporary); // its writer may not have synced it
            if (!content.Contains(digest))
            {
                // Recorded before and after: the rename itself changes the file, and a crash in between must not leave an unverified blob.
                await links.NoteAsync(digest, temporary, cancellationToken).ConfigureAwait(false);
                File.Move(temporary, content.BlobPath(digest));
                FileSystem.SyncDirectory(content.BlobFolder);
                await links.NoteAsync(digest, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                FileSystem.SyncDirectory(content.BlobFolder);
            }

            return digest;
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private async Task<Digest> CopyAsync(
        string path,
        SafeFileHandle source,
        FileIdentity before,
        Ingest ingest,
        LeaseGroup held,
        Action<Transfer> progress,
        CancellationToken cancellationToken
    )
    {
        content.RequireSpace(before.Size);
        await ReadAsync(
                source,
                before.Size,
                Meter(path, "copying", before.Size, progress),
                bytes => ingest.WriteAsync(bytes, cancellationToken),
                cancellationToken
            )
            .ConfigureAwait(false);
        CheckUnchanged(path, before, FileSystem.IdentityOf(source));
        held.Add(ingest.Digest);
        return await ingest.CommitAsync(null, before.Size, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads ahead while earlier data is being processed.</summary>
    private static async Task ReadAsync(
        SafeFileHandle source,
        long size,
        Action<long> progress,
        Func<ReadOnlyMemory<byte>, ValueTask> use,
        CancellationToken cancellationToken
    )
    {
        var (current, next) = (new byte[BufferSize], new byte[BufferSize]);
        var read = await RandomAccess.ReadAsync(source, current, 0, cancellationToken).ConfigureAwait(false);
        for (long at = 0; read > 0; )
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
            throw new EngineException(ErrorKind.Corrupt, $"{path} changed while it was being read", "import it again when it is no longer written to");
        }
    }

    /// <summary>Reports progress about ten times per second.</summary>
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
