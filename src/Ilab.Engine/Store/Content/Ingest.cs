using System.Security.Cryptography;
using Ilab.Engine.Errors;
using Ilab.Posix.Files;

namespace Ilab.Engine.Store.Content;

/// <summary>
/// A partial write. Written data survives restarts; a resumed write rehashes what exists. It ends as a blob (<see cref="CommitAsync"/>), is discarded (<see
/// cref="Abort"/>), or is kept for later.
/// </summary>
public sealed class Ingest : IAsyncDisposable
{
    private const int BufferSize = 1 << 20;

    private readonly ContentStore _store;
    private readonly string _path;
    private readonly FileStream _file;
    private IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private bool _over;
    private long _length;
    private Digest? _committed;

    private Ingest(ContentStore store, string path, string key, FileStream file)
    {
        _store = store;
        _path = path;
        _file = file;
        Key = key;
    }

    public string Key { get; }

    /// <summary>Bytes written so far.</summary>
    public long Length => _over ? _length : _file.Position;

    /// <summary>Digest of the data written so far: taken for the lease, which must exist before the blob.</summary>
    public Digest Digest => _committed ?? Digest.Of(_hash.GetCurrentHash());

    internal static async Task<Ingest> OpenAsync(ContentStore store, string path, string key, CancellationToken cancellationToken)
    {
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 0, FileOptions.Asynchronous);
        }
        catch (IOException exception) when (FileSystem.IsDiskFull(exception))
        {
            throw store.DiskFull(0);
        }
        catch (IOException exception) when (exception is not (DirectoryNotFoundException or FileNotFoundException))
        {
            throw new EngineException(ErrorKind.Busy, $"{key} is already being written", "wait until that is done", exception);
        }

        var ingest = new Ingest(store, path, key, file);
        await ingest.HashAsync(static _ => { }, cancellationToken).ConfigureAwait(false);
        return ingest;
    }

    /// <exception cref="EngineException">DISK_FULL; data written before is kept.</exception>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        var start = _file.Position;
        try
        {
            await _file.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException exception) when (FileSystem.IsDiskFull(exception))
        {
            _file.SetLength(start);
            _file.Position = start;
            throw _store.DiskFull(bytes.Length);
        }

        _hash.AppendData(bytes.Span);
    }

    /// <summary>As above, for CPU-bound callers.</summary>
    /// <exception cref="EngineException">DISK_FULL; data written before is kept.</exception>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        var start = _file.Position;
        try
        {
            _file.Write(bytes);
        }
        catch (IOException exception) when (FileSystem.IsDiskFull(exception))
        {
            _file.SetLength(start);
            _file.Position = start;
            throw _store.DiskFull(bytes.Length);
        }

        _hash.AppendData(bytes);
    }

    /// <summary>Makes the written data durable.</summary>
    public void Flush() => _file.Flush(flushToDisk: true);

    /// <summary>Starts over.</summary>
    public void Reset()
    {
        _file.SetLength(0);
        _file.Position = 0;
        _hash.Dispose();
        _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    }

    /// <summary>Discards everything after <paramref name="length"/> bytes.</summary>
    public void Truncate(long length)
    {
        _file.SetLength(length);
        _hash.Dispose();
        _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        _file.Position = 0;
        var buffer = new byte[BufferSize];
        for (int read; (read = _file.Read(buffer)) > 0; )
        {
            _hash.AppendData(buffer, 0, read);
        }
    }

    /// <summary>Shares the extents of a file, if the file system supports it; the data must still be hashed.</summary>
    internal bool TryClone(Microsoft.Win32.SafeHandles.SafeFileHandle source) => FileSystem.TryClone(source, _file.SafeFileHandle);

    /// <summary>Hashes the existing data from the beginning.</summary>
    internal async Task HashAsync(Action<long> progress, CancellationToken cancellationToken)
    {
        _file.Position = 0;
        var buffer = new byte[BufferSize];
        for (int read; (read = await _file.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0; )
        {
            _hash.AppendData(buffer, 0, read);
            progress(_file.Position);
        }
    }

    /// <summary>Turns the data into a blob; idempotent.</summary>
    /// <exception cref="EngineException">CORRUPT: the data does not match the announced digest or size; it is discarded.</exception>
    public Task<Digest> CommitAsync(Digest? expected, long? size, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_committed is { } already)
        {
            return Task.FromResult(already);
        }

        var length = Length;
        var digest = Digest;
        if ((expected is { } due && due != digest) || (size is { } bytes && bytes != length))
        {
            Abort();
            throw new EngineException(
                ErrorKind.Corrupt,
                expected is { } wanted && wanted != digest
                    ? $"{Key}: the bytes have the digest {digest}, not {wanted}"
                    : $"{Key}: {length} bytes came, {size} were announced",
                "try again; the source may be damaged"
            );
        }

        try
        {
            Flush();
        }
        catch (IOException exception) when (FileSystem.IsDiskFull(exception))
        {
            throw _store.DiskFull(length);
        }

        _file.Dispose();
        _over = true;
        _length = length;
        _store.Settle(_path, digest);
        _committed = digest;
        return Task.FromResult(digest);
    }

    /// <summary>Discards the data.</summary>
    public void Abort()
    {
        if (!_over)
        {
            _over = true;
            _file.Dispose();
            File.Delete(_path);
        }
    }

    /// <summary>Keeps the data for later.</summary>
    public async ValueTask DisposeAsync()
    {
        _hash.Dispose();
        await _file.DisposeAsync().ConfigureAwait(false);
        if (!_over && File.Exists(_path) && new FileInfo(_path).Length == 0)
        {
            File.Delete(_path);
        }
    }
}
