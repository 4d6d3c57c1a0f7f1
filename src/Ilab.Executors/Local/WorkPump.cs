using Ilab.Engine.Errors;
using Ilab.Engine.Serving.Runners;
using Ilab.Engine.Workloads.Execution;
using Ilab.Posix.Processes;
using Ilab.Runner.Contract.Bundles;

namespace Ilab.Executors.Local;

/// <summary>
/// Drives one workload to its end and writes its events. A live runner is picked up, whoever started it; otherwise one is started. When this service stops, the
/// runner continues.
/// </summary>
internal sealed class WorkPump(WorkFolder folder, AcceptedWork work, IRunnerLauncher launcher, ILocalDevices devices, SemaphoreSlim planning, TimeProvider time)
{
    private const int Terminate = 15,
        Kill = 9,
        TailLines = 3,
        AlreadyRunning = 4;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    // A training stops at its next step, in order; on a busy machine that may be far, and what is cancelled is cleared away. A task has nothing to end.
    private readonly TimeSpan _patience = work.Kind == RunnerKinds.Train ? TimeSpan.FromSeconds(1) : TimeSpan.Zero;
    private long? _cancelledAt;
    private LocalMemory? _adopted;

    /// <summary>Records the memory of a runner that is alive; to be called before anything else can ask for it.</summary>
    public void Adopt()
    {
        if (NewMemory() is { } memory && folder.Journal.Last is not { Kind: WorkEventKind.Ended } && memory.TryAdopt())
        {
            _adopted = memory;
        }
    }

    /// <summary>Returns when the end is recorded.</summary>
    /// <param name="stop">This service is stopping; the work is not.</param>
    /// <param name="cancelled">The work is to be cancelled: stop waiting for memory.</param>
    public async Task RunAsync(CancellationToken stop, CancellationToken cancelled)
    {
        var past = folder.Journal.Read();
        if (past is [.., { Kind: WorkEventKind.Ended }])
        {
            return;
        }

        try
        {
            Tell(new WorkEvent { Kind = WorkEventKind.Ended, End = await WorkAsync(past, stop, cancelled).ConfigureAwait(false) });
        }
        catch (OperationCanceledException) when (cancelled.IsCancellationRequested && !stop.IsCancellationRequested)
        {
            Tell(new WorkEvent { Kind = WorkEventKind.Ended, End = Cancelled });
        }
        catch (EngineException exception)
        {
            Tell(new WorkEvent { Kind = WorkEventKind.Ended, End = new WorkEnd(exception.Kind, exception.Message, exception.Hint) });
        }
    }

    private static WorkEnd Cancelled { get; } = new(ErrorKind.Cancelled, "cancelled", "");

    private async Task<WorkEnd> WorkAsync(IReadOnlyList<WorkEvent> past, CancellationToken stop, CancellationToken cancelled)
    {
        IWorkReports reports = work.Kind == RunnerKinds.Train ? new TrainingReports(folder, past) : new TaskReports(folder, past);
        var isKnown = past.Any(static entry => entry.Kind == WorkEventKind.Started);
        for (var restarts = past.Count(static entry => entry.Kind == WorkEventKind.Restarted); ; restarts++)
        {
            var end = await LiveAsync(isKnown, reports, stop, cancelled).ConfigureAwait(false);
            if (end.Error != ErrorKind.RunnerLost || restarts >= work.Restarts)
            {
                return end;
            }

            Tell(new WorkEvent { Kind = WorkEventKind.Restarted, Text = end.Message });
            folder.ClearRunner();
            isKnown = true;
        }
    }

    /// <summary>
    /// One runner from its start, or its adoption, to its end. Its memory is released with it: others may have it before the next one starts.
    /// </summary>
    private async Task<WorkEnd> LiveAsync(bool isKnown, IWorkReports reports, CancellationToken stop, CancellationToken cancelled)
    {
        var memory = _adopted ?? NewMemory();
        _adopted = null;
        try
        {
            if (memory is not null && (folder.Bundle.IsLockHeld || MayStart))
            {
                using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, cancelled);
                await memory.BeginAsync(either.Token).ConfigureAwait(false);
            }

            var status = await FollowAsync(isKnown, reports, memory, stop).ConfigureAwait(false);
            Report(reports);
            return EndOf(status);
        }
        finally
        {
            if (memory is not null)
            {
                await memory.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private LocalMemory? NewMemory() => work.Memory is { } wanted ? new LocalMemory(devices, folder, wanted, planning, Note) : null;

    // Null = somebody else started it, or it was never started.
    private async Task<ExitStatus?> FollowAsync(bool isKnown, IWorkReports reports, LocalMemory? memory, CancellationToken stop)
    {
        var bundle = folder.Bundle;
        IRunnerProcess? child = null;
        if (MayStart)
        {
            child = launcher.Launch(bundle, work.Kind);
        }

        if (!isKnown)
        {
            Tell(new WorkEvent { Kind = WorkEventKind.Started });
            foreach (var text in work.Kind == RunnerKinds.Train && bundle.ReadSpec()?.Training is not { IsDeviceGiven: true } ? devices.Unused() : [])
            {
                Tell(new WorkEvent { Kind = WorkEventKind.Warning, Text = text });
            }
        }

        using var timer = new PeriodicTimer(Interval, time);
        while (child is null ? bundle.IsLockHeld : !child.Exited.IsCompleted)
        {
            if (folder.IsCancelled)
            {
                End(child);
            }

            memory?.Advance();
            Report(reports);
            await timer.WaitForNextTickAsync(stop).ConfigureAwait(false);
            if (child is { Exited: { IsCompletedSuccessfully: true } exited } && (await exited.ConfigureAwait(false)).Code == AlreadyRunning)
            {
                child = null; // the one started by an earlier service was faster
            }
        }

        return child is null ? null : await child.Exited.ConfigureAwait(false);
    }

    // A runner of an earlier boot did not end: the machine did. It runs again.
    private bool MayStart =>
        !folder.IsCancelled
        && !folder.Bundle.IsLockHeld
        && folder.Bundle.ReadExit() is null
        && (folder.Bundle.ReadReady() is not { } ready || ready.BootId != Boot.Id);

    private void End(IRunnerProcess? child)
    {
        var isFirst = _cancelledAt is null;
        _cancelledAt ??= time.GetTimestamp();
        var signal =
            time.GetElapsedTime(_cancelledAt.Value) >= _patience ? Kill
            : isFirst ? Terminate
            : 0;
        if (signal == 0)
        {
            return;
        }

        if (child is { Exited.IsCompleted: false })
        {
            ProcessTable.Kill(child.ProcessId, signal);
        }
        else if (folder.Bundle.ReadReady() is { } ready)
        {
            launcher.Signal(ready, signal);
        }
        else
        {
            _cancelledAt = null; // it cannot be notified yet
        }
    }

    private void Report(IWorkReports reports)
    {
        foreach (var entry in reports.New())
        {
            Tell(entry);
        }
    }

    private void Note(string text) => Tell(new WorkEvent { Kind = WorkEventKind.Note, Text = text });

    private void Tell(WorkEvent entry) => folder.Journal.Append(entry with { Time = time.GetUtcNow() });

    private WorkEnd EndOf(ExitStatus? status)
    {
        var exit = status?.Signal is null ? folder.Bundle.ReadExit() : null;
        return exit switch
        {
            { Code: 0, Signal: null } => WorkEnd.Succeeded,
            _ when folder.IsCancelled => Cancelled,
            { Signal: null, ErrorKind.Length: > 0 } => new WorkEnd(ErrorKindNames.Parse(exit.ErrorKind) ?? ErrorKind.Internal, exit.Message, exit.Hint),
            _ => new WorkEnd(ErrorKind.RunnerLost, $"the {work.Kind} process {HowItEnded(status)}", string.Join(" | ", folder.Bundle.LogTail(TailLines))),
        };
    }

    private static string HowItEnded(ExitStatus? status) =>
        status switch
        {
            { Signal: { } signal } => $"was killed by signal {signal}",
            { Code: var code } => $"exited with code {code}",
            null => "ended without an exit status",
        };
}
