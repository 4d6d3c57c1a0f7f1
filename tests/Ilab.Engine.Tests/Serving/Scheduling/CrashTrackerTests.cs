using Ilab.Engine.Serving.Scheduling;

namespace Ilab.Engine.Tests.Serving.Scheduling;

public sealed class CrashTrackerTests
{
    private readonly ManualTime _time = new();
    private readonly CrashTracker _ledger;

    public CrashTrackerTests()
    {
        _ledger = new CrashTracker(_time);
    }

    [Fact]
    public void One_crash_stops_nobody()
    {
        _ledger.Crashed("m", "x");
        Assert.Null(_ledger.Check("m"));
    }

    [Fact]
    public void Two_in_a_row_make_the_next_start_wait_a_moment()
    {
        Crash(2);
        Assert.False(_ledger.Check("m")!.Parked);
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.Null(_ledger.Check("m"));
    }

    [Fact]
    public void Three_in_a_row_park_it_with_the_reason_for_a_while_and_nothing_else()
    {
        Crash(3);
        Assert.Null(_ledger.Check("other"));
        var hold = _ledger.Check("m")!;
        Assert.True(hold.Parked);
        Assert.Equal("crash 3", hold.Reason);
        _time.Advance(CrashTracker.ParkTime + TimeSpan.FromSeconds(1));
        Assert.Null(_ledger.Check("m"));
    }

    [Fact]
    public void Success_ends_the_row()
    {
        Crash(2);
        _ledger.Succeeded("m");
        Crash(1);
        Assert.Null(_ledger.Check("m"));
    }

    private void Crash(int times)
    {
        for (var i = 1; i <= times; i++)
        {
            _ledger.Crashed("m", $"crash {i}");
        }
    }
}
