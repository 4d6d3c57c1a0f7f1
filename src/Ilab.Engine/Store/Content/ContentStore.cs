using System.Text;
using Ilab.Engine.Errors;
using Ilab.Engine.Hosting;
using Ilab.Posix.Files;

namespace Ilab.Engine.Store.Content;

/// <summary>
/// Immutable bytes by digest. What is not whole lies in <c>ingest</c> and is invisible; a blob appears by one rename, after its bytes are on disk.
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

    /// <summary>Bytes; 0 when it is not there (any more).</summary>
    public long SizeOf(Digest digest) => FolderSize.LengthOf(new FileInfo(BlobPath(digest)));

    public IEnumerable<Digest> Blobs() =>
        Directory
            .EnumerateFiles(_blobs)
            .Select(static path => "sha256:" + Path.GetFileName(path))
            .Where(static text => Digest.TryParse(text, out _))
            .Select(Digest.Parse);

    /// <summary>Opens a partial write, or goes on with the one of that key.</summary>
    /// <param name="key">Any text; it becomes a safe file name.</param>
    /// <exception cref="EngineException">BUSY: somebody else writes it.</exception>
    public Task<Ingest> OpenIngestAsync(string key, CancellationToken cancellationToken) => Ingest.OpenAsync(this, IngestPath(key), key, cancellationToken);

    /// <summary>Removes a partial write that nobody has open.</summary>
    public void DeleteIngest(string key) => File.Delete(IngestPath(key));

    public bool HasIngest(string key) => File.Exists(IngestPath(key));

    /// <summary>Partial writes with size in bytes and the time they were last written to; those that end meanwhile are left out.</summary>
    public IReadOnlyList<PartialWrite> Ingests() =>
        [
            .. new DirectoryInfo(_ingest)
                .EnumerateFiles()
                .Where(static file => file.Exists)
                .Select(static file => new PartialWrite(file.FullName, FolderSize.LengthOf(file), file.LastWriteTimeUtc)),
        ];

    /// <summary>Stores small bytes, such as a manifest.</summary>
    public Digest Put(ReadOnlySpan<byte> bytes)
    {
        var digest = Digest.Of(System.Security.Cryptography.SHA256.HashData(bytes));
        if (Contains(digest))
        {
            FileSystem.SyncDirectory(_blobs); // somebody may have put it there a moment ago, and not have synced it yet
            return digest;
        }

        // Written where partial writes are: a crash leaves nothing among the blobs.
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

    /// <summary>Makes a file a blob whose bytes are on disk; returns when the name is, too.</summary>
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

    /// <summary>Takes a blob out of sight that does not have the bytes its name says; kept for a look at it.</summary>
    public void Quarantine(Digest digest)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Root, "content", "quarantine"), FolderMode);
        File.Move(BlobPath(digest), Path.Combine(folder.FullName, digest.Hex), overwrite: true);
    }

    internal static UnixFileMode BlobMode => UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <exception cref="EngineException">DISK_FULL: it cannot fit.</exception>
    public void RequireSpace(long bytes)
    {
        if (new DriveInfo(Root).AvailableFreeSpace < bytes)
        {
            throw DiskFull(bytes);
        }
    }

    public EngineException DiskFull(long needed)
    {
        var free = new DriveInfo(Root).AvailableFreeSpace;
        return new EngineException(
            ErrorKind.DiskFull,
            $"no space left for {needed >> 20} MiB in {Root} ({free >> 20} MiB free)",
            "free some with 'ilab system prune', or move the store"
        );
    }

    internal string IngestPath(string key)
    {
        var safe = new StringBuilder();
        foreach (var character in key)
        {
            safe.Append(char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or '.' ? character : '_');
        }

        // Two keys that look the same after that must not meet.
        var hash = Digest.Of(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(key))).Short;
        return Path.Combine(_ingest, $"{safe.ToString()[..Math.Min(safe.Length, 100)].TrimStart('.')}.{hash}");
    }
}

/// <summary>A partial write on disk.</summary>
public readonly record struct PartialWrite(string Path, long Length, DateTime Written);
