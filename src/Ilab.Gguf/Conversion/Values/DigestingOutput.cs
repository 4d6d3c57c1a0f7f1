using System.Buffers;
using System.Security.Cryptography;

namespace Ilab.Gguf.Conversion.Values;

/// <summary>
/// Writes to a stream, and makes the digest of what is written on a thread of its own. It tells how much was written and stops when it is told to.
/// </summary>
internal sealed class DigestingOutput(Stream inner, Action<long> progress, CancellationToken cancellationToken) : Stream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private Task _digesting = Task.CompletedTask;
    private long _written;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => _written;

    public override long Position
    {
        get => _written;
        set => throw new NotSupportedException();
    }

    /// <summary>Writes a piece, which goes back to the pool afterwards.</summary>
    public void Pass(TensorPipeline.Piece piece)
    {
        cancellationToken.ThrowIfCancellationRequested();
        // One piece is digested while it and the next are written: memory stays what it is.
        _digesting.GetAwaiter().GetResult();
        var digesting = Task.Run(() => _hash.AppendData(piece.Bytes.AsSpan(0, piece.Length)), CancellationToken.None);
        inner.Write(piece.Bytes.AsSpan(0, piece.Length));
        _digesting = digesting.ContinueWith(
            (task, bytes) =>
            {
                ArrayPool<byte>.Shared.Return((byte[])bytes!);
                task.GetAwaiter().GetResult();
            },
            piece.Bytes,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default
        );
        _written += piece.Length;
        progress(_written);
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        var copy = ArrayPool<byte>.Shared.Rent(buffer.Length);
        buffer.CopyTo(copy);
        Pass(new TensorPipeline.Piece(copy, buffer.Length));
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <summary>The digest of all that was written.</summary>
    public byte[] Finish()
    {
        inner.Flush();
        _digesting.GetAwaiter().GetResult();
        return _hash.GetHashAndReset();
    }

    public override void Flush() => inner.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _digesting.ContinueWith(static _ => { }, TaskScheduler.Default).GetAwaiter().GetResult();
            _hash.Dispose();
        }

        base.Dispose(disposing);
    }
}
