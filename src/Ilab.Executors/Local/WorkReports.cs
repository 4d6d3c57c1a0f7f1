using Ilab.Engine.Workloads.Execution;
using Ilab.Runner.Contract.Tasks;

namespace Ilab.Executors.Local;

/// <summary>Reads a runner's reports about its work.</summary>
internal interface IWorkReports
{
    /// <summary>The new reports, without those already in the journal.</summary>
    IEnumerable<WorkEvent> New();
}

/// <summary>A task writes its progress to a file; otherwise the size of its output is used.</summary>
internal sealed class TaskReports(WorkFolder folder, IReadOnlyList<WorkEvent> past) : IWorkReports
{
    private const long Step = 1 << 20;
    private readonly string? _output = folder.ReadTask()?.Output;
    private long _done = past.LastOrDefault(static entry => entry.Kind == WorkEventKind.Progress)?.Done ?? -1;

    public IEnumerable<WorkEvent> New()
    {
        if (folder.Bundle.Read(TaskFiles.Progress, TaskJson.Default.TaskProgress) is { } progress)
        {
            if (progress.Done > _done)
            {
                _done = progress.Done;
                yield return new WorkEvent
                {
                    Kind = WorkEventKind.Progress,
                    Done = progress.Done,
                    Total = progress.Total,
                };
            }
        }
        else if (_output is { Length: > 0 } path && new FileInfo(path) is { Exists: true } file && file.Length >= _done + Step)
        {
            _done = file.Length;
            yield return new WorkEvent { Kind = WorkEventKind.Progress, Done = file.Length };
        }
    }
}
