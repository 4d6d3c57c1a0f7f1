using System.Text;
using Ilab.Engine.Errors;
using Ilab.Engine.Hosting;
using Ilab.Posix.Files;

namespace Ilab.Engine.Store.Content;

/// <summary>
/// Immutable content by digest. Incomplete writes live in <c>ingest</c> and are invisible; a blob appears by a single rename after its content is durable.
/// </summary>
public sealed class ContentStore
{
    private const UnixFileMode FolderMode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute;

    private readonly string _blobs;
    private readonly string _ingest;

    public ContentStore(EngineOptions options)
    {
        Root = options.StoreDirectory;
        _blobs = Path.Combine(Root, "content", "blobs", "sha256");
        _ingest = Path.Combine(Root, "content", "ingest");
        foreach (var folder in new[] { Root, Path.Combine(Root, "content"), Path.Combine(Root, "content", "blobs") })
        {
            FileSystem.CreateDurableDirectory(folder);
        }

        FileSystem.CreateDurableDirectory(_blobs, FolderMode);
        FileSystem.CreateDurableDirectory(_ingest, FolderMode);
    }

    public string Root { get; }

    internal string BlobFolder => _blobs;

    public string BlobPath(Digest digest) => Path.Combine(_blobs, digest.Hex);

    public bool Contains(Digest digest) => File.Exists(BlobPath(digest));

    /// <summary>Size in bytes; 0 if it does not exist.</summary>
    public long SizeOf(Digest digest) => FolderSize.LengthOf(new FileInfo(BlobPath(digest)));

    public IEnumerable<Digest> Blobs() =>
        Directory
            .EnumerateFiles(_blobs)
            .Select(static path => "sha256:" + Path.GetFileName(path))
            .Where(static text => Digest.TryParse(text, out _))
            .Select(Digest.Parse);

    /// <summary>Opens a partial write, or continues an existing one with that key.</summary>
    /// <param name="key">Arbitrary text; converted to a safe file name.</param>
    /// <exception cref="EngineException">BUSY: it is being written elsewhere.</exception>
    public Task<Ingest> OpenIngestAsync(string key, CancellationToken cancellationToken) => Ingest.OpenAsync(this, IngestPath(key), key, cancellationToken);

    /// <summary>Removes a partial write that is not open.</summary>
    public void DeleteIngest(string key) => File.Delete(IngestPath(key));

    public bool HasIngest(string key) => File.Exists(IngestPath(key));

    /// <summary>Partial writes with size in bytes and time of the last write; those that end concurrently are omitted.</summary>
    public IReadOnlyList<PartialWrite> Ingests() =>
        [
            .. new DirectoryInfo(_ingest)
                .EnumerateFiles()
                .Where(static file => file.Exists)
                .Select(static file => new PartialWrite(file.FullName, FolderSize.LengthOf(file), file.LastWriteTimeUtc)),
        ];

    /// <summary>Stores a small blob, such as a manifest.</summary>
    public Digest Put(ReadOnlySpan<byte> bytes)
    {
        var digest = Digest.Of(System.Security.Cryptography.SHA256.HashData(bytes));
        if (Contains(digest))
        {
            FileSystem.SyncDirectory(_blobs); // someone else may have just created it without having synced it
            return digest;
        }

        // Written next to partial writes: a crash leaves nothing among the blobs.
        var temporary = Path.Combine(_ingest, $"put-{Guid.NewGuid():N}");
        try
        {
            using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0))
            {
                file.Write(bytes);
                file.Flush(flushToDisk: true);
            }

            Publish(temporary, digest);
        }
        catch (IOException exception)
        {
            File.Delete(temporary);
            throw FileSystem.IsDiskFull(exception) ? DiskFull(bytes.Length) : exception;
        }

        return digest;
    }

    /// <summary>Turns a file with durable content into a blob; returns when its name is durable, too.</summary>
    internal void Publish(string path, Digest digest)
    {
        File.SetUnixFileMode(path, BlobMode);
        File.Move(path, BlobPath(digest), overwrite: true);
        FileSystem.SyncDirectory(_blobs);
    }

    /// <summary>The same, for a file whose bytes may be a blob already: then it goes.</summary>
    internal void Settle(string path, Digest digest)
    {
        if (Contains(digest))
        {
            File.Delete(path);
            FileSystem.SyncDirectory(_blobs); // whoever put it there may not have synced it yet
        }
        else
        {
            Publish(path, digest);
        }
    }

    /// <returns>Bytes freed; 0 when it was not there.</returns>
    public long Delete(Digest digest)
    {
        var file = new FileInfo(BlobPath(digest));
        if (!file.Exists)
        {
            return 0;
        }

        var length = file.Length;
        file.Delete();
        return length;
    }

    /// <summary>Hides a blob that does not match its digest; it is kept for inspection.</summary>
    public void Quarantine(Digest digest)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Root, "content", "quarantine"), FolderMode);
        File.Move(BlobPath(digest), Path.Combine(folder.FullName, digest.Hex), overwrite: true);
    }

    internal static UnixFileMode BlobMode => UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <exception cref="EngineException">DISK_FULL: there is not enough space.</exception>
    public void RequireSpace(long bytes)
    {
        if (new DriveInfo(Root).AvailableFreeSpace < bytes)
        {
            throw DiskFull(bytes);
        }
    }

    /// <param name="needed">Bytes; 0 = not known.</param>
    public EngineException DiskFull(long needed)
    {
        var free = new DriveInfo(Root).AvailableFreeSpace;
        return new EngineException(
            ErrorKind.DiskFull,
            $"no space left in {Root}: {(needed > 0 ? $"{ByteText.Of(needed)} needed, " : "")}{ByteText.Of(free)} free",
            "free some space with 'ilab system prune', or move the store"
        );
    }

    internal string IngestPath(string key)
    {
        var safe = new StringBuilder();
        foreach (var character in key)
        {
            safe.Append(char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or '.' ? character : '_');
        }

        // Two keys that are equal after that must not collide.
        var hash = Digest.Of(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(key))).Short;
        return Path.Combine(_ingest, $"{safe.ToString()[..Math.Min(safe.Length, 100)].TrimStart('.')}.{hash}");
    }
}

/// <summary>A partial write on disk.</summary>
public readonly record struct PartialWrite(string Path, long Length, DateTime Written);
