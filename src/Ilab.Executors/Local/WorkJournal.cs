using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Ilab.Engine.Workloads.Execution;

namespace Ilab.Executors.Local;

/// <summary>The numbered events of one work on disk, one JSON object a line. One writer; readers may come at any time. A torn last line is cut off by the writer.</summary>
internal sealed class WorkJournal(string path)
{
    private readonly Lock _gate = new();
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

    /// <summary>Whole lines only.</summary>
    public IReadOnlyList<WorkEvent> Read() => Whole().Events;

    /// <summary>Gives the event its number and writes it; the end is on disk when this returns.</summary>
    public void Append(WorkEvent entry)
    {
        TaskCompletionSource told;
        lock (_gate)
        {
            var (events, length) = Whole();
            var json = JsonSerializer.Serialize(entry with { Number = events.Count + 1 }, WorkJson.Default.WorkEvent);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using (var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, 0))
            {
                file.SetLength(length);
                file.Position = length;
                file.Write(Encoding.UTF8.GetBytes(json + "\n"));
                if (entry.Kind is WorkEventKind.Started or WorkEventKind.Restarted or WorkEventKind.Ended)
                {
                    file.Flush(flushToDisk: true);
                }
            }

            told = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        told.TrySetResult();
    }

    private (List<WorkEvent> Events, long Length) Whole()
    {
        if (!File.Exists(path))
        {
            return ([], 0);
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(file, Encoding.UTF8);
        var text = reader.ReadToEnd();
        var whole = text[..(text.LastIndexOf('\n') + 1)];
        return ([.. whole.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => JsonSerializer.Deserialize(line, WorkJson.Default.WorkEvent)!)], Encoding.UTF8.GetByteCount(whole));
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(WorkEvent))]
[JsonSerializable(typeof(AcceptedWork))]
internal sealed partial class WorkJson : JsonSerializerContext;
