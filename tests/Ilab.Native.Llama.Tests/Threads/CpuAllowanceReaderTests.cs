using Ilab.Native.Llama.Threads;

namespace Ilab.Native.Llama.Tests.Threads;

/// <summary>Trees of files as kernels show them.</summary>
public sealed class CpuAllowanceReaderTests : IDisposable
{
    private const string Version2 = "30 24 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate";
    private const string Version1 =
        "31 24 0:27 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n32 24 0:28 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset";
    private readonly string _root = Directory.CreateTempSubdirectory("ilab-cpus-").FullName;

    public CpuAllowanceReaderTests() => Write("sys/devices/system/cpu/online", "0-7");

    [Fact]
    public void WithoutBoundsAllCpusAreAllowed() => Assert.Equal((8, ""), Read());

    [Fact]
    public void CpusThatGoAndComeAreNoticed()
    {
        Assert.Equal((8, ""), Read());
        Write("sys/devices/system/cpu/online", "0-2,4");
        Assert.Equal((4, ""), Read());
        Write("sys/devices/system/cpu/online", "0-7");
        Assert.Equal((8, ""), Read());
    }

    [Fact]
    public void TheAffinityMaskBounds() => Assert.Equal((2, "affinity"), Read(CpuSet.Parse("3,5")));

    [Fact]
    public void AMaskOfCpusThatAreNotOnlineBoundsNothing() => Assert.Equal((8, ""), Read(CpuSet.Parse("12")));

    [Theory]
    [InlineData("max 100000", 8, "")]
    [InlineData("400000 100000", 4, "quota")]
    [InlineData("150000 100000", 1, "quota")]
    [InlineData("20000 100000", 1, "quota")]
    [InlineData("1600000 100000", 8, "")]
    [InlineData("nonsense", 8, "")]
    public void AQuotaOfVersion2Bounds(string text, int threads, string reason)
    {
        Group2("/user.slice/app");
        Write("sys/fs/cgroup/user.slice/app/cpu.max", text);
        Assert.Equal((threads, reason), Read());
    }

    [Fact]
    public void TheSmallestQuotaOfAllLevelsCounts()
    {
        Group2("/a/b/c");
        Write("sys/fs/cgroup/a/cpu.max", "300000 100000");
        Write("sys/fs/cgroup/a/b/cpu.max", "max 100000");
        Write("sys/fs/cgroup/a/b/c/cpu.max", "600000 100000");
        Assert.Equal((3, "quota"), Read());
    }

    [Fact]
    public void TheCpusetOfVersion2IsInheritedFromAbove()
    {
        Group2("/a/b");
        Write("sys/fs/cgroup/a/cpuset.cpus.effective", "2-4");
        Assert.Equal((3, "cpuset"), Read());
        Write("sys/fs/cgroup/a/b/cpuset.cpus.effective", "2-3");
        Assert.Equal((2, "cpuset"), Read());
    }

    [Fact]
    public void AQuotaWithinACpusetCountsWhenItIsSmaller()
    {
        Group2("/a");
        Write("sys/fs/cgroup/a/cpuset.cpus.effective", "0-3");
        Write("sys/fs/cgroup/a/cpu.max", "200000 100000");
        Assert.Equal((2, "quota"), Read());
        Write("sys/fs/cgroup/a/cpu.max", "600000 100000");
        Assert.Equal((4, "cpuset"), Read());
    }

    [Theory]
    [InlineData("-1", 8, "")]
    [InlineData("250000", 2, "quota")]
    public void AQuotaOfVersion1Bounds(string quota, int threads, string reason)
    {
        Group1("/docker/abc");
        Write("sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_quota_us", quota);
        Write("sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_period_us", "100000");
        Assert.Equal((threads, reason), Read());
    }

    [Fact]
    public void ALevelAboveBoundsInVersion1Too()
    {
        Group1("/docker/abc");
        Write("sys/fs/cgroup/cpu,cpuacct/docker/cpu.cfs_quota_us", "300000");
        Write("sys/fs/cgroup/cpu,cpuacct/docker/cpu.cfs_period_us", "100000");
        Write("sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_quota_us", "-1");
        Write("sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_period_us", "100000");
        Assert.Equal((3, "quota"), Read());
    }

    [Fact]
    public void TheCpusetOfVersion1Bounds()
    {
        Group1("/docker/abc");
        Write("sys/fs/cgroup/cpuset/docker/abc/cpuset.cpus", "1-2");
        Assert.Equal((2, "cpuset"), Read());
    }

    /// <summary>The container's own group is mounted as the top; paths are the host's.</summary>
    [Fact]
    public void AMountThatBeginsWithinTheHierarchyIsUnderstood()
    {
        Write("proc/self/cgroup", "4:cpu,cpuacct:/docker/abc\n");
        Write("proc/self/mountinfo", "31 24 0:27 /docker/abc /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n");
        Write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "200000");
        Write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000");
        Assert.Equal((2, "quota"), Read());
    }

    [Fact]
    public void OfBothVersionsAtOnceTheOneWithTheControllerCounts()
    {
        Write("proc/self/cgroup", "4:cpu,cpuacct:/job\n0::/\n");
        Write("proc/self/mountinfo", Version1 + "\n" + Version2.Replace("/sys/fs/cgroup ", "/sys/fs/cgroup/unified ", StringComparison.Ordinal) + "\n");
        Write("sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us", "500000");
        Write("sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us", "100000");
        Assert.Equal((5, "quota"), Read());
    }

    [Fact]
    public void ThisMachineAllowsAtLeastOneThread() => Assert.InRange(new CpuAllowanceReader().Read().Threads, 1, Environment.ProcessorCount);

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private (int Threads, string Reason) Read(CpuSet? affinity = null)
    {
        var read = new CpuAllowanceReader(_root, () => affinity).Read();
        return (read.Threads, read.Reason);
    }

    private void Group2(string path)
    {
        Write("proc/self/cgroup", $"0::{path}\n");
        Write("proc/self/mountinfo", Version2 + "\n");
    }

    private void Group1(string path)
    {
        Write("proc/self/cgroup", $"5:cpuset:{path}\n4:cpu,cpuacct:{path}\n0::/\n");
        Write("proc/self/mountinfo", Version1 + "\n");
    }

    private void Write(string file, string text)
    {
        var path = Path.Combine(_root, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
