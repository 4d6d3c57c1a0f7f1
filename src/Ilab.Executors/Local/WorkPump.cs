using Ilab.Engine.Errors;
using Ilab.Engine.Serving.Runners;
using Ilab.Engine.Workloads.Execution;
using Ilab.Posix.Processes;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.Tasks;

namespace Ilab.Executors.Local;

/// <summary>
/// Brings one work to its end and writes its events. A runner that lives is gone along with, whoever started it; one that has not begun is started. When this service
/// ends, the runner goes on.
/// </summary>
internal sealed class WorkPump(WorkFolder folder, string kind, IRunnerLauncher launcher, TimeProvider time)
{
    private const int Kill = 9, TailLines = 3, AlreadyRunning = 4;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);
    private const long Step = 1 << 20;
    private readonly string? _output = folder.ReadSpec()?.Output;
    private long _done = -1;

    /// <summary>Returns when the end is written, or this service ends.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var past = folder.Journal.Read();
        if (past is [.., { Kind: WorkEventKind.Ended }])
        {
            return;
        }

        _done = past.LastOrDefault(static entry => entry.Kind == WorkEventKind.Progress)?.Done ?? -1;
        try
        {
            var status = await FollowAsync(past.Count > 0, stop).ConfigureAwait(false);
            Report();
            folder.Journal.Append(new WorkEvent { Time = time.GetUtcNow(), Kind = WorkEventKind.Ended, End = EndOf(status) });
        }
        catch (EngineException exception)
        {
            folder.Journal.Append(new WorkEvent { Time = time.GetUtcNow(), Kind = WorkEventKind.Ended, End = new WorkEnd(exception.Kind, exception.Message, exception.Hint) });
        }
    }

    // Null = somebody else started it, or it was never started.
    private async Task<ExitStatus?> FollowAsync(bool isKnown, CancellationToken stop)
    {
        var bundle = folder.Bundle;
        IRunnerProcess? child = null;
        if (!bundle.IsLockHeld && bundle.ReadExit() is null && HasNotRun(bundle) && !folder.IsCancelled)
        {
            child = launcher.Launch(bundle, kind);
        }

        if (!isKnown)
        {
            folder.Journal.Append(new WorkEvent { Time = time.GetUtcNow(), Kind = WorkEventKind.Started });
        }

        using var timer = new PeriodicTimer(Interval, time);
        while (child is null ? bundle.IsLockHeld : !child.Exited.IsCompleted)
        {
            if (folder.IsCancelled)
            {
                End(child);
            }

            Report();
            await timer.WaitForNextTickAsync(stop).ConfigureAwait(false);
            if (child is { Exited: { IsCompletedSuccessfully: true } exited } && (await exited.ConfigureAwait(false)).Code == AlreadyRunning)
            {
                child = null; // the one that an earlier service had started was quicker
            }
        }

        return child is null ? null : await child.Exited.ConfigureAwait(false);
    }

    // A runner of an earlier boot did not end: the machine did. It runs again.
    private static bool HasNotRun(Bundle bundle) => bundle.ReadReady() is not { } ready || ready.BootId != Boot.Id;

    private void End(IRunnerProcess? child)
    {
        if (child is { Exited.IsCompleted: false })
        {
            ProcessTable.Kill(child.ProcessId, Kill);
        }
        else if (folder.Bundle.ReadReady() is { } ready)
        {
            launcher.Signal(ready, Kill);
        }
    }

    private void Report()
    {
        if (folder.Bundle.Read(TaskFiles.Progress, TaskJson.Default.TaskProgress) is { } progress && progress.Done > _done)
        {
            _done = progress.Done;
            folder.Journal.Append(new WorkEvent { Time = time.GetUtcNow(), Kind = WorkEventKind.Progress, Done = progress.Done, Total = progress.Total });
        }
        else if (_output is { Length: > 0 } path && new FileInfo(path) is { Exists: true } file && file.Length >= _done + Step)
        {
            // What is written tells how far it is.
            _done = file.Length;
            folder.Journal.Append(new WorkEvent { Time = time.GetUtcNow(), Kind = WorkEventKind.Progress, Done = file.Length });
        }
    }

    private WorkEnd EndOf(ExitStatus? status)
    {
        if (status?.Signal is null && folder.Bundle.ReadExit() is { Signal: null } exit)
        {
            return exit.Code == 0
                ? WorkEnd.Succeeded
                : new WorkEnd(ErrorKindNames.Parse(exit.ErrorKind) ?? ErrorKind.Internal, exit.Message.Length > 0 ? exit.Message : $"the {kind} process ended with code {exit.Code}", "");
        }

        return folder.IsCancelled
            ? new WorkEnd(ErrorKind.Cancelled, "cancelled", "")
            : new WorkEnd(
                ErrorKind.RunnerLost,
                $"the {kind} process {(status is { Signal: { } signal } ? $"was ended by signal {signal}" : status is { Code: var code } ? $"ended with code {code}" : "ended without a word")}",
                string.Join(" | ", folder.Bundle.LogTail(TailLines)));
    }
}
