using Ilab.Engine.Errors;
using Ilab.Engine.Serving.Devices;
using Ilab.Engine.Serving.Runners;
using Ilab.Posix.Processes;
using Ilab.Runner.Contract.Bundles;

namespace Ilab.Engine.Serving.Scheduling;

public sealed partial class Scheduler
{
    void IRunnerObserver.OnReport(RunnerHandle runner, RunnerReport report) => _loop.Post(() => Report(runner, report));

    void IRunnerObserver.OnUnreachable(RunnerHandle runner) =>
        _loop.Post(() =>
        {
            if (_slots.TryGetValue(runner.Id, out var slot))
            {
                slot.State = SlotState.Unreachable;
            }
        });

    void IRunnerObserver.OnEnded(RunnerHandle runner, RunnerEnd end) => _loop.Post(() => End(runner, end));

    private void Report(RunnerHandle runner, RunnerReport report)
    {
        if (!_slots.TryGetValue(runner.Id, out var slot))
        {
            return;
        }

        slot.Reported = report.Active;
        slot.AcceleratedProducts = report.AcceleratedProducts;
        slot.Threads = report.Threads;
        var grown = slot.WasReady && report.Model is { } now && now.Memory != slot.Model?.Memory; // a context for embeddings was made, or given back
        slot.Model = report.Model ?? slot.Model;
        if (grown)
        {
            Measure(slot, report.Model);
        }

        switch (report.Phase)
        {
            case RunnerPhase.Loading:
                slot.State = SlotState.Loading;
                slot.Fraction = report.Fraction;
                slot.Waiters.ForEach(w => w.Loading("loading", report.Fraction));
                break;
            case RunnerPhase.Ready:
                BecomeReady(slot, report);
                break;
            case RunnerPhase.Failed:
                slot.Failure = new EngineException(ErrorKindNames.Parse(report.ErrorKind) ?? ErrorKind.CannotLoad, report.Error);
                SchedulingLog.LoadFailed(_log, slot.Runner.Spec.Model.Name, report.Error);
                break;
            case RunnerPhase.Stopping:
                slot.StopReason ??= "it was asked to stop";
                break;
        }
    }

    private void BecomeReady(Slot slot, RunnerReport report)
    {
        slot.State = SlotState.Ready;
        slot.Fraction = 1;
        if (!slot.WasReady)
        {
            slot.WasReady = true;
            Measure(slot, report.Model);
            SchedulingLog.Ready(_log, slot.Runner.Spec.Model.Name, slot.Runner.Id, slot.Runner.Spec.MemoryReserved, slot.Runner.Spec.Device);
            _events.Loaded(slot.Describe());
        }

        foreach (var waiter in slot.Waiters)
        {
            Grant(waiter, slot);
        }

        slot.Waiters.Clear();
        OnIdle(slot);
        Evaluate();
    }

    // The plan was an estimate; the runner's measurement is the actual usage, including its own code and heap.
    private void Measure(Slot slot, RunnerModel? model)
    {
        if (model is not { Memory: > 0 })
        {
            return;
        }

        var spec = slot.Runner.Spec;
        var resident = Math.Max(model.Memory, ProcessTable.Resident(slot.Runner.ProcessId));
        var (memory, host) =
            spec.Device == DeviceMemory.Cpu
                ? (resident, 0)
                // GPU usage is measured as the decrease of free memory while loading; other programs may have freed memory meanwhile.
                : (model.DeviceMemory > 0 ? model.DeviceMemory : spec.MemoryReserved, Math.Max(spec.HostMemoryReserved, model.Memory));
        if (memory != spec.MemoryReserved || host != spec.HostMemoryReserved)
        {
            _supervisor.Correct(slot.Runner, memory, host);
            Reserve(slot);
        }
    }

    private void End(RunnerHandle runner, RunnerEnd end)
    {
        if (!_slots.Remove(runner.Id, out var slot))
        {
            return;
        }

        Unreserve(runner.Id);
        slot.Expiry?.Dispose();
        slot.Hold.Dispose();
        RecordEnd(slot, end);
        var error = slot.Failure ?? RunnerSupervisor.LostError(runner, end);
        foreach (var waiter in slot.Waiters)
        {
            waiter.Fail(error);
        }

        slot.Waiters.Clear();
        _loop.Settle(() => slot.Gone.TrySetResult());
        Evaluate();
    }

    private void RecordEnd(Slot slot, RunnerEnd end)
    {
        var model = slot.Describe();
        if (slot.StopReason is not null)
        {
            _events.Unloaded(model, slot.StopReason);
            return;
        }

        if (slot.Failure is null && end.InOrder)
        {
            _events.Unloaded(model, "the runner was terminated externally");
            return;
        }

        if (slot.Failure is null && end.Kind is null)
        {
            _crashes.Crashed(slot.CrashSubject, end.Describe());
            SchedulingLog.Lost(_log, model.Name, model.RunnerId, end.Describe(), Bundle.LastWords(end.LogTail));
        }

        _events.Died(model, end);
    }
}
