namespace Ilab.Client.Connections;

/// <summary>
/// Two one-way streams as one, which explains a connection that never carries HTTP/2: when it ends, breaks, or begins with something else before the first
/// frame has arrived. Without it, a mistyped host or port surfaces as a protocol error.
/// </summary>
/// <param name="input">From the server.</param>
/// <param name="output">To the server; may be the same stream.</param>
/// <param name="explain">Makes the error.</param>
internal sealed class FirstAnswerStream(Stream input, Stream output, Func<Task<Errors.IlabException>> explain) : Stream
{
    private bool _answered;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Flush() => output.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => output.FlushAsync(cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read;
        try
        {
            read = await input.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException) when (!_answered)
        {
            throw await explain().ConfigureAwait(false);
        }

        if (!_answered && buffer.Length > 0)
        {
            // A server begins with a SETTINGS frame, whose length in three bytes is small: the first byte is zero, and no text begins with it.
            if (read == 0 || buffer.Span[0] != 0)
            {
                throw await explain().ConfigureAwait(false);
            }

            _answered = true;
        }

        return read;
    }

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            await output.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
            await output.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!_answered && exception is IOException or ObjectDisposedException)
        {
            // The other side ended first, or the reader has closed the connection because of it.
            throw await explain().ConfigureAwait(false);
        }
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            input.Dispose();
            output.Dispose();
        }

        base.Dispose(disposing);
    }
}
