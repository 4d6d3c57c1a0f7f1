using System.Text;
using System.Text.Json;
using Ilab.Engine.Workloads.Execution;
using Ilab.Runner.Contract.Training;

namespace Ilab.Executors.Local;

/// <summary>
/// Follows the event log of a training. The log of the runner is authoritative; steps reported before an interruption are repeated identically, and not
/// reported again.
/// </summary>
internal sealed class TrainingReports : IWorkReports
{
    private readonly string _path;
    private readonly HashSet<string> _others = [];
    private int _step;
    private long _position;

    public TrainingReports(WorkFolder folder, IReadOnlyList<WorkEvent> past)
    {
        _path = Path.Combine(folder.Output, TrainingFiles.Events);
        foreach (var line in past.Select(static entry => entry.Data).OfType<string>())
        {
            IsNew(line, JsonSerializer.Deserialize(line, TrainingJson.Default.TrainingEvent)!);
        }
    }

    public IEnumerable<WorkEvent> New()
    {
        foreach (var line in NewLines())
        {
            TrainingEvent entry;
            try
            {
                entry = JsonSerializer.Deserialize(line, TrainingJson.Default.TrainingEvent)!;
            }
            catch (JsonException)
            {
                // The log was truncated to a checkpoint and grew again in between: this is the middle of a line. Known steps are not repeated.
                _position = 0;
                yield break;
            }

            if (IsNew(line, entry))
            {
                yield return new WorkEvent { Kind = WorkEventKind.Report, Data = line };
            }
        }
    }

    private bool IsNew(string line, TrainingEvent entry)
    {
        if (entry.Type != TrainingEvent.Step)
        {
            return _others.Add(line);
        }

        var isNew = entry.StepNumber > _step;
        _step = Math.Max(_step, entry.StepNumber ?? 0);
        return isNew;
    }

    /// <summary>Complete lines only. A log that became shorter was truncated to a checkpoint: it is read from the start.</summary>
    private string[] NewLines()
    {
        if (!File.Exists(_path))
        {
            return [];
        }

        using var file = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        _position = file.Length < _position ? 0 : _position;
        file.Position = _position;
        var bytes = new byte[file.Length - _position];
        var read = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        var end = read == 0 ? 0 : Array.LastIndexOf(bytes, (byte)'\n', read - 1) + 1;
        _position += end;
        return Encoding.UTF8.GetString(bytes, 0, end).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
