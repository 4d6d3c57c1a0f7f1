using Ilab.Engine.Errors;

namespace Ilab.Engine.Serving.Scheduling;

/// <summary>Decides where to place a request. Pure: no clock, no I/O; the same snapshot gives the same decision.</summary>
public static class PlacementPolicy
{
    /// <summary>Never exceeds a device's budget, never evicts a busy runner, and never gives memory promised to an earlier request to a later one.</summary>
    public static PlacementDecision Decide(PlacementSnapshot snapshot, PlacementRequest request)
    {
        foreach (var runner in snapshot.Runners.Where(r => r.Key == request.Key))
        {
            if (WithLoaded(snapshot, runner, request) is { } decision)
            {
                return decision;
            }
        }

        return Place(snapshot, request);
    }

    /// <summary>
    /// The runners that must become idle for <paramref name="request"/>: they are held for it once it has waited too long, so that a stream of short requests
    /// cannot starve it. Empty if that is not needed.
    /// </summary>
    public static IReadOnlyList<string> RunnersToHold(PlacementSnapshot snapshot, PlacementRequest request)
    {
        // A runner of the same model with too small a context is replaced first; one with a sufficient context is used as is.
        var outgrown = snapshot.Runners.Where(r => r.Key == request.Key).ToList();
        if (outgrown.Any(request.IsServedBy))
        {
            return [];
        }

        return Possible(snapshot, request) is { } plan ? Hold(snapshot, plan, outgrown) : [];
    }

    private static List<string> Hold(PlacementSnapshot snapshot, PlacementPlan plan, IReadOnlyList<PlacementRunner> outgrown)
    {
        var held = outgrown.ToList();
        foreach (var runner in snapshot.Runners.Where(r => !r.IsPinned && !held.Contains(r)).OrderBy(r => r.LastUsed))
        {
            if (Fits(snapshot, plan, held))
            {
                break;
            }

            if (Helps(snapshot, plan, held, runner))
            {
                held.Add(runner);
            }
        }

        return [.. held.Select(r => r.Id)];
    }

    // A runner already serves the model; null if it must be replaced by one with a larger context and can be.
    private static PlacementDecision? WithLoaded(PlacementSnapshot snapshot, PlacementRunner runner, PlacementRequest request)
    {
        if (runner.State == PlacementState.Stopping)
        {
            return new PlacementDecision.Wait("waiting for the model to be unloaded, to reload it", null);
        }

        if (runner.HeldFor is { } earlier && earlier < request.Sequence)
        {
            return new PlacementDecision.Wait("waiting for an earlier request that needs the memory of this model", null);
        }

        if (request.IsServedBy(runner))
        {
            return new PlacementDecision.Use(runner.Id);
        }

        // If it does not fit even then, waiting is pointless: the caller determines that.
        return runner.IsIdle || Possible(snapshot, request) is null
            ? null
            : new PlacementDecision.Wait(
                runner.ContextLength < request.MinimumContext ? "waiting for the model to be idle, to reload it with a larger context"
                    : request.Draft.Length > 0 && runner.Draft != request.Draft ? "waiting for the model to be idle, to reload it with the draft model"
                    : "waiting for the model to be idle, to reload it on another device",
                null
            );
    }

    private static PlacementDecision Place(PlacementSnapshot snapshot, PlacementRequest request)
    {
        // A runner of the same model with too small a context is always replaced.
        var outgrown = snapshot.Runners.Where(r => r.Key == request.Key).ToList();
        if (outgrown.Count == 0 && request.Plans.FirstOrDefault(p => Fits(snapshot, p, [])) is { } fitting)
        {
            return new PlacementDecision.Start(fitting);
        }

        foreach (var plan in request.Plans)
        {
            if (Evictions(snapshot, plan, outgrown) is { } evictions)
            {
                return new PlacementDecision.EvictThenStart(evictions, plan);
            }
        }

        return Possible(snapshot, request) is { } possible
            ? new PlacementDecision.Wait("waiting for memory held by running models", possible)
            : new PlacementDecision.Refuse(WhyNot(snapshot, request));
    }

    // Memory held by runners becomes free eventually, unless they are pinned; memory used by other programs cannot be relied on.
    private static PlacementPlan? Possible(PlacementSnapshot snapshot, PlacementRequest request) =>
        request.Plans.LastOrDefault(p => p.Needs.All(need => Device(snapshot, need.Device) is { } d && need.Memory <= Attainable(snapshot, request, d)));

    private static long Attainable(PlacementSnapshot snapshot, PlacementRequest request, PlacementDevice device) =>
        device.Budget - device.UsedByOthers - Pinned(snapshot, request, device);

    /// <summary>Bytes of pinned models; one of the same model would be replaced.</summary>
    private static long Pinned(PlacementSnapshot snapshot, PlacementRequest request, PlacementDevice device) =>
        snapshot.Runners.Where(r => r.IsPinned && r.State != PlacementState.Stopping && r.Key != request.Key).Sum(r => r.MemoryOf(device.Id));

    // The idle runners to evict for a plan, least recently used first and no more than necessary; null if that is not enough.
    private static List<string>? Evictions(PlacementSnapshot snapshot, PlacementPlan plan, IReadOnlyList<PlacementRunner> outgrown)
    {
        var evictions = outgrown.ToList();
        // Runners that are already stopping free their memory anyway.
        var going = snapshot.Runners.Where(r => r.State == PlacementState.Stopping && r.Active == 0 && !evictions.Contains(r)).ToList();
        foreach (var runner in snapshot.Runners.Where(r => r.CanBeEvicted && !evictions.Contains(r)).OrderBy(r => r.LastUsed).ToList())
        {
            if (Fits(snapshot, plan, [.. evictions, .. going]))
            {
                break;
            }

            if (Helps(snapshot, plan, [.. evictions, .. going], runner))
            {
                evictions.Add(runner);
            }
        }

        if (evictions.Count == 0 || !Fits(snapshot, plan, [.. evictions, .. going]))
        {
            return null;
        }

        // A small runner selected early may not be needed after a larger one selected later.
        foreach (var runner in evictions.Except(outgrown).OrderByDescending(r => r.Memory).ToList())
        {
            if (Fits(snapshot, plan, [.. evictions.Where(r => r != runner), .. going]))
            {
                evictions.Remove(runner);
            }
        }

        return evictions.Count == 0 ? null : [.. evictions.Select(r => r.Id)];
    }

    private static PlacementDevice? Device(PlacementSnapshot snapshot, string id) => snapshot.Devices.FirstOrDefault(d => d.Id == id);

    // Whether there is enough memory on every device once these runners are gone.
    private static bool Fits(PlacementSnapshot snapshot, PlacementPlan plan, IReadOnlyList<PlacementRunner> gone) =>
        plan.Needs.All(need => Missing(snapshot, need, gone) <= 0);

    // Whether a runner has memory on a device that is short of it.
    private static bool Helps(PlacementSnapshot snapshot, PlacementPlan plan, IReadOnlyList<PlacementRunner> gone, PlacementRunner runner) =>
        plan.Needs.Any(need => runner.MemoryOf(need.Device) > 0 && Missing(snapshot, need, gone) > 0);

    private static long Missing(PlacementSnapshot snapshot, (string Device, long Memory) need, IReadOnlyList<PlacementRunner> gone) =>
        Device(snapshot, need.Device) is { } device ? need.Memory - device.Free - gone.Sum(r => r.MemoryOf(need.Device)) : long.MaxValue;

    private static string WhyNot(PlacementSnapshot snapshot, PlacementRequest request)
    {
        if (request.Plans.Count == 0)
        {
            return "no device is available";
        }

        // The last plan needs the least memory; report the first device that lacks it.
        var least = request.Plans.MinBy(p => p.Memory + p.HostMemory)!;
        var need = least.Needs.FirstOrDefault(
            n => Device(snapshot, n.Device) is not { } d || n.Memory > Attainable(snapshot, request, d),
            (least.Device, least.Memory)
        );
        var device = Device(snapshot, need.Item1);
        var others = device is { UsedByOthers: > 0 } ? $", {ByteText.Of(device.UsedByOthers)} of it used by other programs" : "";
        var pinned = device is null ? 0 : Pinned(snapshot, request, device);
        others += pinned > 0 ? $", {ByteText.Of(pinned)} of it used by pinned models" : "";
        var context = least.ContextLength > 0 ? $" with a context of {least.ContextLength}" : "";
        return device is null
            ? $"device {need.Item1} is gone"
            : $"it needs {ByteText.Of(need.Item2)}{context}, and {device.Id} has {ByteText.Of(device.Budget)} for models{others}";
    }
}
