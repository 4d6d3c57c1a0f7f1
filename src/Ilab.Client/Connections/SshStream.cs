namespace Ilab.Client.Connections;

/// <summary>
/// The pipes of an ssh process as one stream. When ssh ends before the service has answered, reading fails with what ssh printed, so that a mistyped host does not
/// surface as a protocol error.
/// </summary>
internal sealed class SshStream : Stream
{
    private readonly Endpoint _endpoint;
    private readonly Stream _input;
    private readonly Stream _output;
    private readonly Task<string> _complaint;
    private bool _answered;

    public SshStream(Endpoint endpoint, Stream input, Stream output, TextReader error)
    {
        (_endpoint, _input, _output) = (endpoint, input, output);
        _complaint = LastLineAsync(error);
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Flush() => _output.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => _output.FlushAsync(cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await _input.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        if (read == 0 && buffer.Length > 0 && !_answered)
        {
            throw ConnectFailure.OfSsh(_endpoint, await _complaint.ConfigureAwait(false));
        }

        _answered |= read > 0;
        return read;
    }

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            await _output.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
            await _output.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!_answered && exception is IOException or ObjectDisposedException)
        {
            // ssh has ended: its reason is better than the broken or closed pipe.
            throw ConnectFailure.OfSsh(_endpoint, await _complaint.ConfigureAwait(false));
        }
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _input.Dispose();
            _output.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Reads to the end, so that ssh never blocks on a full pipe.</summary>
    private static async Task<string> LastLineAsync(TextReader error)
    {
        var last = "";
        try
        {
            while (await error.ReadLineAsync().ConfigureAwait(false) is { } line)
            {
                last = line.Trim().Length > 0 ? line.Trim() : last;
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // The process was disposed while the connection was being closed.
        }

        return last;
    }
}
