using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Ilab.Engine.Workloads.Execution;

namespace Ilab.Executors.Local;

/// <summary>
/// The numbered events of a workload on disk, one JSON object per line. One writer; concurrent readers. A torn last line is truncated by the writer.
/// </summary>
internal sealed class WorkJournal(string path)
{
    private readonly Lock _gate = new();
    private readonly List<WorkEvent> _events = [];
    private long _length;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes with the next event.</summary>
    public Task Changed
    {
        get
        {
            lock (_gate)
            {
                return _changed.Task;
            }
        }
    }

    /// <summary>The latest event; null if there is none.</summary>
    public WorkEvent? Last
    {
        get
        {
            lock (_gate)
            {
                CatchUp();
                return _events is [.., var last] ? last : null;
            }
        }
    }

    /// <summary>The events numbered above <paramref name="after"/>, in order.</summary>
    public IReadOnlyList<WorkEvent> Read(long after = 0)
    {
        lock (_gate)
        {
            CatchUp();
            return after >= _events.Count ? [] : _events.GetRange((int)after, _events.Count - (int)after);
        }
    }

    /// <summary>Numbers the event and writes it; the final event is durable on return.</summary>
    public void Append(WorkEvent entry)
    {
        TaskCompletionSource told;
        lock (_gate)
        {
            CatchUp();
            var numbered = entry with { Number = _events.Count + 1 };
            var line = Encoding.UTF8.GetBytes(JsonSerializer.Serialize(numbered, WorkJson.Default.WorkEvent) + "\n");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using (var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, 0))
            {
                file.SetLength(_length);
                file.Position = _length;
                file.Write(line);
                if (entry.Kind is WorkEventKind.Started or WorkEventKind.Restarted or WorkEventKind.Ended)
                {
                    file.Flush(flushToDisk: true);
                }
            }

            _events.Add(numbered);
            _length += line.Length;
            told = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        told.TrySetResult();
    }

    // Reads what was added since the last call, complete lines only. A file that is shorter was recreated.
    private void CatchUp()
    {
        var size = File.Exists(path) ? new FileInfo(path).Length : 0;
        if (size < _length)
        {
            _events.Clear();
            _length = 0;
        }

        if (size == _length)
        {
            return;
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        file.Position = _length;
        var bytes = new byte[size - _length];
        var read = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        var end = read == 0 ? 0 : Array.LastIndexOf(bytes, (byte)'\n', read - 1) + 1;
        var lines = Encoding.UTF8.GetString(bytes, 0, end).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        _events.AddRange(lines.Select(static line => JsonSerializer.Deserialize(line, WorkJson.Default.WorkEvent)!));
        _length += end;
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(WorkEvent))]
[JsonSerializable(typeof(AcceptedWork))]
internal sealed partial class WorkJson : JsonSerializerContext;
