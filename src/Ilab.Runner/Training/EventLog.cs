using System.Text.Json;
using Ilab.Runner.Contract.Training;

namespace Ilab.Runner.Training;

/// <summary>The event log of a run: JSON Lines, readable while it grows.</summary>
internal sealed class EventLog(string path, TimeProvider time, Action<TrainingEvent>? told = null) : IDisposable
{
    private readonly FileStream _file = new(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, 0);

    public long Length => _file.Length;

    public void Add(TrainingEvent entry)
    {
        var line = JsonSerializer.SerializeToUtf8Bytes(entry with { Time = time.GetUtcNow() }, TrainingJson.Default.TrainingEvent);
        _file.Seek(0, SeekOrigin.End);
        _file.Write([.. line, (byte)'\n']);
        told?.Invoke(entry);
    }

    /// <summary>Discards events after a checkpoint: these steps are repeated.</summary>
    public void CutTo(long length) => _file.SetLength(Math.Min(length, _file.Length));

    public void Sync() => _file.Flush(flushToDisk: true);

    public void Dispose() => _file.Dispose();
}
