using Ilab.Engine.Serving.Scheduling;

namespace Ilab.Engine.Tests.Serving.Scheduling;

public sealed class PlacementPolicyTests
{
    private const long GiB = 1L << 30;

    [Fact]
    public void A_loaded_model_is_used() => Assert.Equal(new PlacementDecision.Use("r1"), Decide(Request("a", 4), Runner("r1", "a", 2)));

    [Fact]
    public void A_loading_model_is_joined() =>
        Assert.Equal(new PlacementDecision.Use("r1"), Decide(Request("a", 4), Runner("r1", "a", 2) with { State = PlacementState.Loading }));

    [Fact]
    public void A_model_that_is_being_unloaded_is_waited_for() =>
        Assert.IsType<PlacementDecision.Wait>(Decide(Request("a", 1), Runner("r1", "a", 2) with { State = PlacementState.Stopping }));

    [Fact]
    public void What_fits_is_started_with_the_best_plan_that_fits()
    {
        var decision = Decide(Request("b", 7, 5, 3), Runner("r1", "a", 4));

        Assert.Equal(5 * GiB, Assert.IsType<PlacementDecision.Start>(decision).Plan.Memory);
    }

    [Fact]
    public void Idle_models_make_room_oldest_first_and_no_more_than_needed()
    {
        var decision = Decide(Request("d", 8), Runner("r1", "a", 1, used: 1), Runner("r2", "b", 4, used: 2), Runner("r3", "c", 4, used: 3));

        Assert.Equal(["r2", "r3"], Assert.IsType<PlacementDecision.EvictThenStart>(decision).RunnerIds.Order());
    }

    [Fact]
    public void Busy_models_are_waited_for()
    {
        var decision = Decide(Request("b", 6), Runner("r1", "a", 8) with { Active = 1 });

        Assert.Equal(6 * GiB, Assert.IsType<PlacementDecision.Wait>(decision).Plan!.Memory);
    }

    [Fact]
    public void What_can_never_fit_is_refused_with_the_numbers()
    {
        var refusal = Assert.IsType<PlacementDecision.Refuse>(Decide(Request("b", 20, 12)));

        Assert.Contains("12.9 GB", refusal.Reason, StringComparison.Ordinal);
        Assert.Contains("10.7 GB", refusal.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pinned_model_makes_no_room_and_is_not_waited_for()
    {
        var pinned = Runner("r1", "a", 6, used: 1) with { IsPinned = true };

        Assert.Equal(["r2"], Assert.IsType<PlacementDecision.EvictThenStart>(Decide(Request("c", 4), pinned, Runner("r2", "b", 4, used: 2))).RunnerIds);
        foreach (var active in new[] { 0, 1 })
        {
            var refusal = Assert.IsType<PlacementDecision.Refuse>(Decide(Request("c", 5), pinned with { Active = active }));
            Assert.Contains("6.4 GB of it used by pinned models", refusal.Reason, StringComparison.Ordinal);
        }

        // One that serves another context of its own model is replaced, and one that is going away is waited for.
        Assert.Equal(["r1"], Assert.IsType<PlacementDecision.EvictThenStart>(Decide(Request("a", 8) with { MinimumContext = 4096 }, pinned)).RunnerIds);
        Assert.IsType<PlacementDecision.Wait>(Decide(Request("c", 5), pinned with { State = PlacementState.Stopping, Active = 1 }));
    }

    [Fact]
    public void Memory_of_other_programs_is_not_waited_for()
    {
        var snapshot = new PlacementSnapshot([new PlacementDevice("cpu", 10 * GiB, 0, UsedByOthers: 8 * GiB)], []);

        var refusal = Assert.IsType<PlacementDecision.Refuse>(PlacementPolicy.Decide(snapshot, Request("a", 5)));
        Assert.Contains("8.6 GB of it used by other programs", refusal.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_larger_context_replaces_an_idle_runner_and_waits_for_a_busy_one()
    {
        var runner = Runner("r1", "a", 2) with { ContextLength = 512 };
        var request = Request("a", 3) with { MinimumContext = 1024 };

        Assert.Equal(["r1"], Assert.IsType<PlacementDecision.EvictThenStart>(Decide(request, runner)).RunnerIds);
        Assert.IsType<PlacementDecision.Wait>(Decide(request, runner with { Active = 2 }));
    }

    [Fact]
    public void A_runner_held_for_an_earlier_request_takes_nothing_from_later_ones()
    {
        var held = Runner("r1", "a", 8) with { Active = 1, HeldFor = 5 };

        Assert.IsType<PlacementDecision.Wait>(Decide(Request("a", 8) with { Sequence = 6 }, held));
        Assert.IsType<PlacementDecision.Use>(Decide(Request("a", 8) with { Sequence = 4 }, held));
    }

    [Fact]
    public void What_is_going_already_is_not_accompanied_by_others()
    {
        var decision = Decide(Request("c", 4), Runner("r1", "a", 5) with { State = PlacementState.Stopping }, Runner("r2", "b", 5));

        Assert.IsType<PlacementDecision.Wait>(decision);
    }

    [Fact]
    public void The_first_device_with_room_gets_it()
    {
        var request = new PlacementRequest(1, "a", 0, [new PlacementPlan("cuda0", 512, 1, 5 * GiB), new PlacementPlan("cpu", 512, 1, 5 * GiB)]);
        var snapshot = new PlacementSnapshot([new PlacementDevice("cuda0", 4 * GiB, 0), new PlacementDevice("cpu", 10 * GiB, 0)], []);

        Assert.Equal("cpu", Assert.IsType<PlacementDecision.Start>(PlacementPolicy.Decide(snapshot, request)).Plan.Device);
    }

    private static PlacementDecision Decide(PlacementRequest request, params PlacementRunner[] runners) =>
        PlacementPolicy.Decide(new PlacementSnapshot([new PlacementDevice("cpu", 10 * GiB, runners.Sum(r => r.Memory))], runners), request);

    private static PlacementRequest Request(string key, params int[] gib) => new(100, key, 0, [.. gib.Select(g => new PlacementPlan("cpu", 2048, 1, g * GiB))]);

    private static PlacementRunner Runner(string id, string key, int gib, long used = 0) =>
        new()
        {
            Id = id,
            Key = key,
            Device = "cpu",
            Memory = gib * GiB,
            ContextLength = 2048,
            LastUsed = used,
        };

    [Fact]
    public void A_split_model_needs_room_on_both_devices()
    {
        var plan = new PlacementPlan("cuda0", 512, 1, 3 * GiB) { HostMemory = 2 * GiB, GpuLayers = 4 };
        var idle = new PlacementRunner
        {
            Id = "c",
            Key = "other",
            Device = "cpu",
            Memory = 7 * GiB,
            ContextLength = 512,
        };
        var request = new PlacementRequest(1, "a", 0, [plan]);
        var snapshot = new PlacementSnapshot([new PlacementDevice("cuda0", 4 * GiB, 0), new PlacementDevice("cpu", 8 * GiB, 7 * GiB)], [idle]);

        Assert.Equal(["c"], Assert.IsType<PlacementDecision.EvictThenStart>(PlacementPolicy.Decide(snapshot, request)).RunnerIds);
        var roomy = snapshot with { Devices = [new PlacementDevice("cuda0", 4 * GiB, 0), new PlacementDevice("cpu", 9 * GiB, 7 * GiB)] };
        Assert.IsType<PlacementDecision.Start>(PlacementPolicy.Decide(roomy, request));
        var small = snapshot with { Devices = [new PlacementDevice("cuda0", 4 * GiB, 0), new PlacementDevice("cpu", 1 * GiB, 0)], Runners = [] };
        Assert.Contains("cpu has 1.1 GB", Assert.IsType<PlacementDecision.Refuse>(PlacementPolicy.Decide(small, request)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_runner_on_another_device_does_not_do_when_a_device_was_asked_for()
    {
        var runner = new PlacementRunner
        {
            Id = "r",
            Key = "a",
            Device = "cpu",
            Memory = 1 * GiB,
            ContextLength = 512,
        };
        var snapshot = new PlacementSnapshot([new PlacementDevice("cuda0", 4 * GiB, 0), new PlacementDevice("cpu", 8 * GiB, 1 * GiB)], [runner]);
        var request = new PlacementRequest(1, "a", 0, [new PlacementPlan("cuda0", 512, 1, 3 * GiB)]);

        Assert.IsType<PlacementDecision.Use>(PlacementPolicy.Decide(snapshot, request));
        Assert.Equal(["r"], Assert.IsType<PlacementDecision.EvictThenStart>(PlacementPolicy.Decide(snapshot, request with { Device = "cuda0" })).RunnerIds);
        var busy = snapshot with { Runners = [runner with { Active = 1 }] };
        Assert.IsType<PlacementDecision.Wait>(PlacementPolicy.Decide(busy, request with { Device = "cuda0" }));
    }
}
