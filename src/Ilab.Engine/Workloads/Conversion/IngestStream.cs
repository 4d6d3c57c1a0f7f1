using Ilab.Engine.Store.Content;

namespace Ilab.Engine.Workloads.Conversion;

/// <summary>Writes to a partial write of the store, sequentially.</summary>
internal sealed class IngestStream(Ingest ingest) : Stream
{
    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => ingest.Length;

    public override long Position
    {
        get => ingest.Length;
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer) => ingest.Write(buffer);

    public override void Write(byte[] buffer, int offset, int count) => ingest.Write(buffer.AsSpan(offset, count));

    public override void Flush() { }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
