using System.Text;
using Ilab.Engine.Store.Content;

namespace Ilab.Data.Datasets;

/// <summary>Writes a file of records to the store and collects its statistics.</summary>
internal sealed class DatasetWriter : IAsyncDisposable
{
    private readonly Ingest _ingest;
    private readonly StatisticsCollector _statistics = new();
    private readonly LeaseGroup _held;
    private readonly MemoryStream _buffer = new();
    private const int FlushAt = 1 << 20;

    private DatasetWriter(ContentStore content, Ingest ingest, LeaseGroup held)
    {
        Content = content;
        _ingest = ingest;
        _held = held;
    }

    public ContentStore Content { get; }

    public long Samples => _statistics.Samples;

    public DatasetStatistics Statistics => _statistics.Result();

    /// <param name="held">Takes the lease on the resulting blob.</param>
    public static async Task<DatasetWriter> OpenAsync(ContentStore content, LeaseGroup held, CancellationToken cancellationToken) =>
        new(content, await content.OpenIngestAsync($"dataset-{Guid.NewGuid():N}", cancellationToken).ConfigureAwait(false), held);

    public void Add(IReadOnlyList<RecordMessage> messages, ReadOnlySpan<byte> line)
    {
        _statistics.Add(messages);
        _buffer.Write(line);
        _buffer.WriteByte((byte)'\n');
        if (_buffer.Length >= FlushAt)
        {
            Flush();
        }
    }

    public void Add(string line)
    {
        var bytes = Encoding.UTF8.GetBytes(line);
        Add(RecordFormat.Read(bytes).Messages, bytes);
    }

    public async Task<DatasetFile> CommitAsync(string title, CancellationToken cancellationToken)
    {
        Flush();
        var size = _ingest.Length;
        _held.Add(_ingest.Digest);
        return new DatasetFile(title, DatasetManifest.RecordsType, await _ingest.CommitAsync(null, null, cancellationToken).ConfigureAwait(false), size);
    }

    /// <summary>Discards the data unless it was committed.</summary>
    public async ValueTask DisposeAsync()
    {
        _ingest.Abort();
        await _ingest.DisposeAsync().ConfigureAwait(false);
        await _buffer.DisposeAsync().ConfigureAwait(false);
    }

    private void Flush()
    {
        _ingest.Write(_buffer.GetBuffer().AsSpan(0, (int)_buffer.Length));
        _buffer.SetLength(0);
    }
}
