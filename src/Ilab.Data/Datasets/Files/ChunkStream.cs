namespace Ilab.Data.Datasets.Files;

/// <summary>A forward-only asynchronous stream over chunks of bytes.</summary>
internal sealed class ChunkStream(IAsyncEnumerable<ReadOnlyMemory<byte>> pieces, CancellationToken cancellationToken) : Stream
{
    private readonly IAsyncEnumerator<ReadOnlyMemory<byte>> _pieces = pieces.GetAsyncEnumerator(cancellationToken);
    private ReadOnlyMemory<byte> _rest;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Fills the buffer across chunks: byte order mark detection requires the first bytes to arrive together.</summary>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = 0;
        while (read < buffer.Length)
        {
            if (_rest.IsEmpty)
            {
                if (!await _pieces.MoveNextAsync().ConfigureAwait(false))
                {
                    break;
                }

                _rest = _pieces.Current;
            }

            var count = Math.Min(buffer.Length - read, _rest.Length);
            _rest[..count].CopyTo(buffer[read..]);
            (read, _rest) = (read + count, _rest[count..]);
        }

        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("reading would block a thread");

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
