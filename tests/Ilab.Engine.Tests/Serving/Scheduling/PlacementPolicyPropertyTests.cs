using Ilab.Engine.Serving.Scheduling;

namespace Ilab.Engine.Tests.Serving.Scheduling;

/// <summary>What must hold for every snapshot: checked on thousands of random ones with fixed seeds.</summary>
public sealed class PlacementPolicyPropertyTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Never_overcommits_never_evicts_the_busy_never_refuses_what_could_fit(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 5000; i++)
        {
            var snapshot = Snapshot(random);
            var request = Request(random);
            switch (PlacementPolicy.Decide(snapshot, request))
            {
                case PlacementDecision.Use use:
                    var used = snapshot.Runners.Single(r => r.Id == use.RunnerId);
                    Assert.Equal(request.Key, used.Key);
                    Assert.NotEqual(PlacementState.Stopping, used.State);
                    Assert.True(used.ContextLength >= request.MinimumContext);
                    break;
                case PlacementDecision.Start start:
                    Assert.True(start.Plan.Memory <= Device(snapshot, start.Plan).Free);
                    break;
                case PlacementDecision.EvictThenStart evict:
                    var evicted = snapshot.Runners.Where(r => evict.RunnerIds.Contains(r.Id)).ToList();
                    Assert.NotEmpty(evicted);
                    Assert.All(evicted, r => Assert.True(r.CanBeEvicted));
                    var coming = snapshot.Runners.Where(r => r.State == PlacementState.Stopping).Concat(evicted).Where(r => r.Device == evict.Plan.Device);
                    Assert.True(evict.Plan.Memory <= Device(snapshot, evict.Plan).Free + coming.Sum(r => r.Memory));
                    break;
                case PlacementDecision.Refuse:
                    Assert.DoesNotContain(request.Plans, p => p.Memory <= Device(snapshot, p).Budget - Device(snapshot, p).UsedByOthers);
                    break;
            }
        }
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public void Nobody_starves_when_held_runners_become_idle(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 3000; i++)
        {
            var snapshot = Snapshot(random);
            var request = Request(random) with { Sequence = 1 };
            for (var round = 0; round < 3 && PlacementPolicy.Decide(snapshot, request) is PlacementDecision.Wait; round++)
            {
                snapshot = Later(snapshot, PlacementPolicy.RunnersToHold(snapshot, request));
            }

            Assert.IsNotType<PlacementDecision.Wait>(PlacementPolicy.Decide(snapshot, request));
        }
    }

    // Held runners take nothing new, so they come to be idle; what is stopping goes; earlier requests have got what they claimed.
    private static PlacementSnapshot Later(PlacementSnapshot snapshot, IReadOnlyList<string> held)
    {
        var gone = snapshot.Runners.Where(r => r.State == PlacementState.Stopping).ToList();
        return new PlacementSnapshot(
            [.. snapshot.Devices.Select(d => d with { Claimed = 0, Reserved = d.Reserved - gone.Where(r => r.Device == d.Id).Sum(r => r.Memory) })],
            [.. snapshot.Runners.Except(gone).Select(r => held.Contains(r.Id) ? r with { Active = 0, State = PlacementState.Ready, HeldFor = 1 } : r)]
        );
    }

    private static PlacementDevice Device(PlacementSnapshot snapshot, PlacementPlan plan) => snapshot.Devices.Single(d => d.Id == plan.Device);

    private static PlacementSnapshot Snapshot(Random random)
    {
        string[] ids = random.Next(2) == 0 ? ["cpu"] : ["cuda0", "cpu"];
        var runners = Enumerable
            .Range(0, random.Next(6))
            .Select(i => new PlacementRunner
            {
                Id = "r" + i,
                Key = "m" + i,
                Device = ids[random.Next(ids.Length)],
                Memory = random.Next(1, 40),
                ContextLength = random.Next(1, 4) * 512,
                State = (PlacementState)random.Next(4),
                Active = random.Next(3) == 0 ? random.Next(1, 4) : 0,
                LastUsed = random.Next(1000),
            })
            .ToList();
        var devices = ids.Select(id =>
            {
                var reserved = runners.Where(r => r.Device == id).Sum(r => r.Memory);
                return new PlacementDevice(id, reserved + random.Next(40), reserved, random.Next(3) == 0 ? random.Next(20) : 0);
            })
            .ToList();
        return new PlacementSnapshot(devices, runners);
    }

    private static PlacementRequest Request(Random random)
    {
        var memory = random.Next(1, 80);
        var plans = new List<PlacementPlan> { new("cpu", 512, 2, memory), new("cpu", 512, 1, Math.Max(1, memory / 2)) };
        return new PlacementRequest(random.Next(1, 100), "m" + random.Next(8), random.Next(3) * 512, plans);
    }
}
