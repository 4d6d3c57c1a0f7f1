namespace Ilab.Engine.Serving.Scheduling;

/// <summary>Decides where a request goes. Pure: no clock, no I/O; the same snapshot gives the same decision.</summary>
public static class PlacementPolicy
{
    /// <summary>Never more than a device's budget, never at the cost of a busy runner, and memory promised to an earlier request is not
    /// given to a later one.</summary>
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

    /// <summary>The runners that have to become idle for <paramref name="request"/>: held for it once it has waited too long, so that a
    /// stream of short requests for them cannot starve it. Empty when going on like this is enough.</summary>
    public static IReadOnlyList<string> RunnersToHold(PlacementSnapshot snapshot, PlacementRequest request)
    {
        // One of the same model that is too small goes first; one that is large enough will be used as it is.
        var outgrown = snapshot.Runners.Where(r => r.Key == request.Key).ToList();
        if (outgrown.Any(r => r.ContextLength >= request.MinimumContext))
        {
            return [];
        }

        return Possible(snapshot, request) is { } plan ? Hold(snapshot, plan, outgrown) : [];
    }

    private static List<string> Hold(PlacementSnapshot snapshot, PlacementPlan plan, IReadOnlyList<PlacementRunner> outgrown)
    {
        var held = outgrown.ToList();
        var missing = plan.Memory - Free(snapshot, plan) - held.Where(r => r.Device == plan.Device).Sum(r => r.Memory);
        foreach (var runner in snapshot.Runners.Where(r => r.Device == plan.Device && !held.Contains(r)).OrderBy(r => r.LastUsed))
        {
            if (missing <= 0)
            {
                break;
            }

            held.Add(runner);
            missing -= runner.Memory;
        }

        return [.. held.Select(r => r.Id)];
    }

    // The model is there already; null = it is, but must make way for one with a larger context and can.
    private static PlacementDecision? WithLoaded(PlacementSnapshot snapshot, PlacementRunner runner, PlacementRequest request)
    {
        if (runner.State == PlacementState.Stopping)
        {
            return new PlacementDecision.Wait("waits for the model to be unloaded, to load it again", null);
        }

        if (runner.HeldFor is { } earlier && earlier < request.Sequence)
        {
            return new PlacementDecision.Wait("an earlier request has waited long for the memory of this model", null);
        }

        if (runner.ContextLength >= request.MinimumContext)
        {
            return new PlacementDecision.Use(runner.Id);
        }

        // Waiting would be in vain for what does not fit even then: the caller finds that out.
        return runner.CanBeEvicted || Possible(snapshot, request) is null
            ? null
            : new PlacementDecision.Wait("waits for the model to be idle, to load it again with a larger context", null);
    }

    private static PlacementDecision Place(PlacementSnapshot snapshot, PlacementRequest request)
    {
        // A runner of the same model that is too small goes in any case.
        var outgrown = snapshot.Runners.Where(r => r.Key == request.Key).ToList();
        if (outgrown.Count == 0 && request.Plans.FirstOrDefault(p => Free(snapshot, p) >= p.Memory) is { } fitting)
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
            ? new PlacementDecision.Wait("waits for memory held by running models", possible)
            : new PlacementDecision.Refuse(WhyNot(snapshot, request));
    }

    // Memory that runners hold comes back some day; what other programs use is not ours to count on.
    private static PlacementPlan? Possible(PlacementSnapshot snapshot, PlacementRequest request) =>
        request.Plans.LastOrDefault(p => Device(snapshot, p) is { } d && p.Memory <= d.Budget - d.UsedByOthers);

    // The idle runners to remove for a plan, those unused longest first and no more than needed; null = not enough.
    private static List<string>? Evictions(PlacementSnapshot snapshot, PlacementPlan plan, IReadOnlyList<PlacementRunner> outgrown)
    {
        var evictions = outgrown.ToList();
        var missing = plan.Memory - Free(snapshot, plan) - evictions.Where(r => r.Device == plan.Device).Sum(r => r.Memory);
        // What is on its way out already needs no company.
        missing -= snapshot.Runners.Where(r => r.Device == plan.Device && r.State == PlacementState.Stopping && r.Active == 0).Sum(r => r.Memory);
        var idle = snapshot.Runners.Where(r => r.CanBeEvicted && r.Device == plan.Device && !evictions.Contains(r)).OrderBy(r => r.LastUsed);
        foreach (var runner in idle)
        {
            if (missing <= 0)
            {
                break;
            }

            evictions.Add(runner);
            missing -= runner.Memory;
        }

        if (missing > 0 || evictions.Count == 0)
        {
            return null;
        }

        // An early small one may turn out not to be needed after a later large one.
        foreach (var runner in evictions.Except(outgrown).Where(r => r.Memory <= -missing).OrderByDescending(r => r.Memory).ToList())
        {
            if (runner.Memory <= -missing)
            {
                evictions.Remove(runner);
                missing += runner.Memory;
            }
        }

        return evictions.Count == 0 ? null : [.. evictions.Select(r => r.Id)];
    }

    private static PlacementDevice? Device(PlacementSnapshot snapshot, PlacementPlan plan) =>
        snapshot.Devices.FirstOrDefault(d => d.Id == plan.Device);

    private static long Free(PlacementSnapshot snapshot, PlacementPlan plan) => Device(snapshot, plan)?.Free ?? long.MinValue / 2;

    private static string WhyNot(PlacementSnapshot snapshot, PlacementRequest request)
    {
        if (request.Plans.Count == 0)
        {
            return "there is no device to place it on";
        }

        var least = request.Plans.MinBy(p => p.Memory)!;
        var device = Device(snapshot, least);
        var others = device is { UsedByOthers: > 0 } ? $", {ByteText.Of(device.UsedByOthers)} of it used by other programs" : "";
        var context = least.ContextLength > 0 ? $" with a context of {least.ContextLength}" : "";
        return device is null
            ? $"device {least.Device} is gone"
            : $"it needs {ByteText.Of(least.Memory)}{context}, and {device.Id} has {ByteText.Of(device.Budget)} for models{others}";
    }
}
