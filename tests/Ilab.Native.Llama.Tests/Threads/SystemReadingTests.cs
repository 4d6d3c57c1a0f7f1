using System.Text;
using Ilab.Native.Llama.Threads;

namespace Ilab.Native.Llama.Tests.Threads;

/// <summary>What is read of the kernel's files.</summary>
public sealed class SystemReadingTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("ilab-proc-").FullName;

    [Theory]
    [InlineData("87558792 113097780 279\n", 113097780)]
    [InlineData("0 0 0", 0)]
    [InlineData("", -1)]
    [InlineData("12", -1)]
    public void WaitingTimeIsTheSecondNumber(string text, long expected) => Assert.Equal(expected, ThreadTimes.Parse(Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void AThreadThatIsNotThereSaysNothing()
    {
        using var times = new ThreadTimes(1, _root);
        Assert.Equal(-1, times.Waited());
    }

    [Fact]
    public void BusyCpusAreCountedAmongThoseThatMatter()
    {
        Directory.CreateDirectory(Path.Combine(_root, "proc"));
        var use = new CpuUsage(_root);
        Stat("cpu  1 1 1 1\ncpu0 100 0 0 900 0 0 0 0 0 0\ncpu1 500 0 0 500 0 0 0 0 0 0\ncpu2 0 0 0 1000 0 0 0 0 0 0\nintr 5\n");
        Assert.Null(use.Read(CpuSet.First(3)));

        // Of 100 ticks each: the first is busy for all (user, nice, system, interrupts), the second for half, the third waits for the disk.
        Stat("cpu  1 1 1 1\ncpu0 125 25 20 900 0 20 10 0 0 0\ncpu1 550 0 0 550 0 0 0 0 0 0\ncpu2 0 0 0 1040 60 0 0 0 0 0\nintr 5\n");
        Assert.Equal(1.5, use.Read(CpuSet.First(3))!.Value, 6);
        Assert.Null(use.Read(CpuSet.First(3))); // no time has passed
    }

    [Fact]
    public void WhoGivesWayIsNotBusy()
    {
        Directory.CreateDirectory(Path.Combine(_root, "proc"));
        var use = new CpuUsage(_root, yieldsNice: true);
        Stat("cpu0 0 0 0 0 0 0 0 0\n");
        use.Read(CpuSet.First(1));
        Stat("cpu0 20 70 10 0 0 0 0 0\n");
        Assert.Equal(0.3, use.Read(CpuSet.First(1))!.Value, 6);
    }

    [Theory]
    [InlineData("0.52 0.58 0.59 3/467 10921\n", 3)]
    [InlineData("0.52 0.58", null)]
    [InlineData("0.52 0.58 0.59 x/y 1", null)]
    public void WhoWantsACpuNowIsCounted(string text, int? expected)
    {
        Directory.CreateDirectory(Path.Combine(_root, "proc"));
        Assert.Null(new CpuUsage(_root).ReadRunnable());
        File.WriteAllText(Path.Combine(_root, "proc", "loadavg"), text);
        Assert.Equal(expected, new CpuUsage(_root).ReadRunnable());
    }

    [Fact]
    public void ACpuThatIsNotListedMakesTheCountUnknown()
    {
        Directory.CreateDirectory(Path.Combine(_root, "proc"));
        var use = new CpuUsage(_root);
        Stat("cpu0 1 0 0 1 0 0 0 0\n");
        Assert.Null(use.Read(CpuSet.First(2)));
        Stat("cpu0 2 0 0 2 0 0 0 0\n");
        Assert.Null(use.Read(CpuSet.First(2)));
    }

    [Fact]
    public void ProcessesSeeWhatTheOthersUsed()
    {
        using var one = new SharedCpuTime(Path.Combine(_root, "cpu-time"));
        using var other = new SharedCpuTime(Path.Combine(_root, "cpu-time"));
        var before = one.Exchange(TimeSpan.FromSeconds(10));
        other.Exchange(TimeSpan.FromSeconds(3));
        other.Exchange(TimeSpan.FromSeconds(5));
        Assert.Equal(TimeSpan.FromSeconds(5), one.Exchange(TimeSpan.FromSeconds(11)) - before);
        Assert.Equal(TimeSpan.FromSeconds(11), other.Exchange(TimeSpan.FromSeconds(5)));
    }

    /// <summary>Others used both CPUs while it rested, and have gone: that is known after three ticks of the kernel, not after a tenth of a second.</summary>
    [Fact]
    public void AfterARestItIsMeasuredAgainSoon()
    {
        Directory.CreateDirectory(Path.Combine(_root, "proc"));
        Directory.CreateDirectory(Path.Combine(_root, "sys/devices/system/cpu"));
        File.WriteAllText(Path.Combine(_root, "sys/devices/system/cpu/online"), "0-1");
        var supply = new MachineSupply(new CpuAllowanceReader(_root, static () => null), new CpuUsage(_root), null, 0);
        Stat("cpu0 0 0 0 0 0 0 0 0\ncpu1 0 0 0 0 0 0 0 0\n");
        supply.Read(TimeSpan.FromSeconds(100));
        Stat("cpu0 60000 0 0 0 0 0 0 0\ncpu1 60000 0 0 0 0 0 0 0\n");
        var rested = TimeSpan.FromSeconds(700); // in which this process can hardly have used a CPU's time itself
        Assert.InRange(supply.ReadAfterRest(rested).FreeCpus!.Value, 0, 0.5);
        Stat("cpu0 60000 0 0 3 0 0 0 0\ncpu1 60000 0 0 3 0 0 0 0\n");
        Assert.InRange(supply.Read(rested + TimeSpan.FromMilliseconds(20)).FreeCpus!.Value, 0, 0.5);
        Assert.InRange(supply.Read(rested + TimeSpan.FromMilliseconds(31)).FreeCpus!.Value, 1.7, 2);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private void Stat(string text) => File.WriteAllText(Path.Combine(_root, "proc", "stat"), text);
}
