using System.Security.Cryptography;
using Ilab.Engine.Errors;
using Ilab.Posix.Files;

namespace Ilab.Engine.Store.Content;

/// <summary>
/// One partial write. What is on disk survives; the digest of a resumed one is made by reading what is there. It ends as a blob
/// (<see cref="CommitAsync"/>), as nothing (<see cref="Abort"/>), or stays for another time.
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

    /// <summary>Of the bytes written so far: what it is going to be, for a lease that must be there before the blob is.</summary>
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
            throw new EngineException(ErrorKind.Busy, $"{key} is being written already", "wait for it to end", exception);
        }

        var ingest = new Ingest(store, path, key, file);
        await ingest.HashAsync(static _ => { }, cancellationToken).ConfigureAwait(false);
        return ingest;
    }

    /// <exception cref="EngineException">DISK_FULL; what was written before stays.</exception>
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

    /// <summary>The same, for work that is no waiting but computing.</summary>
    /// <exception cref="EngineException">DISK_FULL; what was written before stays.</exception>
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

    /// <summary>Makes what was written durable.</summary>
    public void Flush() => _file.Flush(flushToDisk: true);

    /// <summary>Starts again from nothing.</summary>
    public void Reset()
    {
        _file.SetLength(0);
        _file.Position = 0;
        _hash.Dispose();
        _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    }

    /// <summary>Forgets what comes after <paramref name="length"/> bytes.</summary>
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

    /// <summary>Shares a file's bytes, where the file system can; they still have to be hashed.</summary>
    internal bool TryClone(Microsoft.Win32.SafeHandles.SafeFileHandle source) => FileSystem.TryClone(source, _file.SafeFileHandle);

    /// <summary>Hashes what is there from the start on.</summary>
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

    /// <summary>Makes it a blob; asking again gives the same answer.</summary>
    /// <exception cref="EngineException">CORRUPT: the bytes are not those that were announced; nothing is left of them.</exception>
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

    /// <summary>Removes it.</summary>
    public void Abort()
    {
        if (!_over)
        {
            _over = true;
            _file.Dispose();
            File.Delete(_path);
        }
    }

    /// <summary>Leaves it as it is, for another time.</summary>
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
