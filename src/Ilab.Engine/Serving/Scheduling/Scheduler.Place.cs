using Ilab.Engine.Errors;
using Ilab.Engine.Serving.Devices;
using Ilab.Engine.Serving.Runners;
using Ilab.Runner.Contract.Bundles;

namespace Ilab.Engine.Serving.Scheduling;

public sealed partial class Scheduler
{
    // Processes the queue in order of arrival according to the policy. Memory that an earlier request waits for is claimed, so that later requests cannot take
    // it.
    private void Evaluate()
    {
        if (_queue.Count == 0 || _stopped)
        {
            return;
        }

        var claims = new Dictionary<string, long>(StringComparer.Ordinal);
        IReadOnlyList<DeviceSnapshot>? devices = null;
        var position = 0;
        foreach (var waiter in _queue.ToList())
        {
            // Reading the devices costs system calls, which a request for a loaded model need not pay.
            var request = Request(waiter);
            var known = _slots.Values.Any(s => s.Key == waiter.Model.Key && !s.Stopping && request.IsServedBy(s.ForPolicy()));
            var current = known ? devices ?? [] : devices ??= _ledger.Snapshot();
            var snapshot = Snapshot(current, claims);
            if (!known)
            {
                waiter.Plans ??= _specs.Plans(waiter.Model, waiter.Settings, current);
                if (ExceedsShare(waiter, current) is { } exceeded)
                {
                    _queue.Remove(waiter);
                    waiter.Fail(exceeded);
                    continue;
                }
            }

            request = request with { Plans = waiter.Plans ?? [] };
            if (Apply(waiter, Decide(snapshot, request, waiter.Whole), current, claims, ref position))
            {
                _queue.Remove(waiter);
                foreach (var slot in _slots.Values.Where(s => s.HeldFor == waiter.Sequence))
                {
                    slot.HeldFor = null;
                }

                devices = null;
            }
            else if (waiter.Impatient)
            {
                foreach (var id in PlacementPolicy.RunnersToHold(snapshot, request))
                {
                    _slots[id].HeldFor ??= waiter.Sequence;
                }
            }
        }
    }

    /// <summary>Leaves the plans within the owner's share of a device; null if there is one, or no share is set.</summary>
    private EngineException? ExceedsShare(Waiter waiter, IReadOnlyList<DeviceSnapshot> devices)
    {
        if (waiter.Settings.Owner is not { Share: { } share } owner || waiter.Plans is not { Count: > 0 } plans)
        {
            return null;
        }

        long Used(string device) =>
            owner.UsedByJobs
            + _slots
                .Values.Where(slot => slot.Runner.Spec.Owner == owner.Uid && slot.Runner.Spec.Device == device)
                .Sum(slot => slot.Runner.Spec.MemoryReserved);
        long Most(string device) => (long)(share * devices.Where(candidate => candidate.Id == device).Sum(static candidate => candidate.Budget));
        waiter.Plans = [.. plans.Where(plan => Used(plan.Device) + plan.Memory <= Most(plan.Device))];
        var smallest = plans[^1];
        return waiter.Plans.Count > 0
            ? null
            : new EngineException(
                ErrorKind.QuotaExceeded,
                $"{waiter.Model.Name} needs {ByteText.Of(smallest.Memory)} of {smallest.Device}, and {ByteText.Of(Used(smallest.Device))} of at most "
                    + $"{ByteText.Of(Most(smallest.Device))} are used by your models and jobs",
                "unload one with 'ilab model stop', or use a smaller model or context; an admin can raise the quota"
            );
    }

    // Returns true when the request has left the queue.
    private bool Apply(Waiter waiter, PlacementDecision decision, IReadOnlyList<DeviceSnapshot> devices, Dictionary<string, long> claims, ref int position)
    {
        switch (decision)
        {
            case PlacementDecision.Use use:
                Join(waiter, _slots[use.RunnerId]);
                return true;
            case PlacementDecision.Start start:
                return waiter.Reserved is not null ? Reserve(waiter, start.Plan) : Start(waiter, start.Plan, devices, claims, ref position);
            case PlacementDecision.EvictThenStart evict:
                foreach (var id in evict.RunnerIds)
                {
                    BeginStop(_slots[id], "to make room for " + waiter.Model.Name, force: false);
                }

                Claim(claims, evict.Plan);
                waiter.Queued(++position, "unloading idle models to make room");
                return false;
            case PlacementDecision.Wait wait:
                Claim(claims, wait.Plan);
                waiter.Queued(++position, wait.Reason);
                return false;
            case PlacementDecision.Refuse refuse:
                waiter.Fail(
                    new EngineException(
                        ErrorKind.DoesNotFit,
                        $"{waiter.Model.Name} does not fit: {refuse.Reason}",
                        waiter.Reserved is not null
                            ? "raise the service's memory limit, or reduce the memory it needs"
                            : _specs.DoesNotFitHint(waiter.Model.Shape, waiter.Settings, devices)
                    )
                );
                return true;
            default:
                throw new InvalidOperationException("no such decision");
        }
    }

    private static void Claim(Dictionary<string, long> claims, PlacementPlan? plan)
    {
        foreach (var (device, memory) in plan?.Needs ?? [])
        {
            claims[device] = claims.GetValueOrDefault(device) + memory;
        }
    }

    // Plans are computed only if no existing runner can serve the request.
    private PlacementRequest Request(Waiter waiter) =>
        new(waiter.Sequence, waiter.Model.Key, waiter.Settings.ContextLength, [])
        {
            Device = waiter.Reserved is null && waiter.Settings.Device != DeviceChoice.Auto ? waiter.Settings.Device : "",
            GpuLayers = waiter.Settings.GpuLayers switch
            {
                null or < 0 => null,
                var layers => layers >= waiter.Model.Shape.Layers ? RunnerSpec.AllLayers : layers,
            },
            Draft = waiter.Model.Draft?.Key ?? "",
        };

    private bool Start(Waiter waiter, PlacementPlan plan, IReadOnlyList<DeviceSnapshot> devices, Dictionary<string, long> claims, ref int position)
    {
        var subject = FormattableString.Invariant($"{waiter.Model.Key}|{plan.ContextLength}|{plan.Device}");
        if (_crashes.Check(subject) is { } hold)
        {
            return Pause(waiter, hold, plan, claims, ref position);
        }

        RunnerHandle runner;
        try
        {
            var spec = _specs.Spec(waiter.Model, waiter.Settings, plan, devices) with { IsPinned = _pinned.Contains(waiter.Model.Key) };
            runner = _supervisor.Start(spec, this);
        }
        catch (EngineException e)
        {
            waiter.Fail(e);
            return true;
        }

        var slot = new Slot(runner, waiter.Model.Key, waiter.Model.HandOver())
        {
            KeepAlive = waiter.Settings.KeepAlive ?? _options.KeepAlive,
            LoadedAt = runner.Spec.CreatedAt,
            IsPinned = runner.Spec.IsPinned,
        };
        Enter(slot);
        _events.Started(slot.Describe());
        Join(waiter, slot);
        return true;
    }

    // After a crash: a short delay, or failure while parked.
    private bool Pause(Waiter waiter, CrashTracker.Hold hold, PlacementPlan plan, Dictionary<string, long> claims, ref int position)
    {
        var left = hold.Until - _time.GetUtcNow();
        if (hold.Parked)
        {
            waiter.Fail(
                new EngineException(
                    ErrorKind.RunnerLost,
                    $"{waiter.Model.Name} crashed three times in a row and will not be restarted for {Math.Ceiling(left.TotalMinutes):0} minutes; last reason: {hold.Reason}",
                    $"'ilab model stop {waiter.Model.Name}' allows an immediate restart; see the service log for the runner's last lines"
                )
            );
            return true;
        }

        waiter.Pause?.Dispose();
        waiter.Pause = _time.CreateTimer(_ => _loop.Post(Evaluate), null, left, Timeout.InfiniteTimeSpan);
        Claim(claims, plan);
        waiter.Queued(++position, "waiting to restart after a crash");
        return false;
    }
}
