using System.Buffers;
using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Ilab.Gguf.Conversion.Values;

/// <summary>
/// Writes to a stream, and makes the digest of what is written on a thread of its own. It tells how much was written and stops when it is told to.
/// </summary>
internal sealed class DigestingOutput : Stream
{
    private const int Waiting = 2,
        KeptPiece = 1 << 20;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly BlockingCollection<Piece> _pieces = new(Waiting);
    private readonly Thread _digester;
    private readonly Stream _inner;
    private readonly Action<long> _progress;
    private readonly CancellationToken _cancellationToken;
    private long _written;

    public DigestingOutput(Stream inner, Action<long> progress, CancellationToken cancellationToken)
    {
        (_inner, _progress, _cancellationToken) = (inner, progress, cancellationToken);
        _digester = new Thread(Digest) { IsBackground = true };
        _digester.Start();
    }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => _written;

    public override long Position
    {
        get => _written;
        set => throw new NotSupportedException();
    }

    /// <summary>Writes a piece, which goes back to the pool once it was digested.</summary>
    public void Pass(Piece piece)
    {
        _cancellationToken.ThrowIfCancellationRequested();
        var bytes = piece.Bytes.AsSpan(0, piece.Length);
        _inner.Write(bytes);
        _pieces.Add(piece, _cancellationToken);
        _written += piece.Length;
        _progress(_written);
    }

    /// <summary>Digests what the inner stream has, from its position on.</summary>
    public void Keep(long count)
    {
        while (_written < count)
        {
            _cancellationToken.ThrowIfCancellationRequested();
            var piece = new Piece(ArrayPool<byte>.Shared.Rent(KeptPiece), (int)Math.Min(KeptPiece, count - _written));
            _inner.ReadExactly(piece.Bytes.AsSpan(0, piece.Length));
            _pieces.Add(piece, _cancellationToken);
            _written += piece.Length;
        }
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        var copy = ArrayPool<byte>.Shared.Rent(buffer.Length);
        buffer.CopyTo(copy);
        Pass(new Piece(copy, buffer.Length));
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <summary>The digest of all that was written; nothing can be written any more.</summary>
    public byte[] Finish()
    {
        _inner.Flush();
        _pieces.CompleteAdding();
        _digester.Join();
        return _hash.GetHashAndReset();
    }

    public override void Flush() => _inner.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _pieces.CompleteAdding();
            _digester.Join();
            _pieces.Dispose();
            _hash.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Digest()
    {
        foreach (var piece in _pieces.GetConsumingEnumerable())
        {
            _hash.AppendData(piece.Bytes.AsSpan(0, piece.Length));
            ArrayPool<byte>.Shared.Return(piece.Bytes);
        }
    }
}
