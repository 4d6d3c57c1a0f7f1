using Ilab.Engine.Serving.Devices;
using Ilab.Testing;

namespace Ilab.Engine.Tests.Serving.Devices;

public sealed class CpuMemoryProbeTests : IDisposable
{
    private readonly TemporaryFolder _root = new();

    public CpuMemoryProbeTests()
    {
        _root.File("proc/meminfo", "MemTotal:       16000000 kB\nMemFree: 1 kB\nMemAvailable:   12000000 kB\n");
        _root.File("proc/cpuinfo", "processor\t: 0\nmodel name\t: Some CPU @ 3 GHz\n");
    }

    public void Dispose() => _root.Dispose();

    [Fact]
    public void The_machine_s_memory_is_read()
    {
        var cpu = Read();

        Assert.Equal("Some CPU @ 3 GHz", cpu.Name);
        Assert.Equal(16_000_000L * 1024, cpu.Total);
        Assert.Equal(12_000_000L * 1024, cpu.Available);
    }

    [Fact]
    public void A_control_group_above_this_one_limits_it()
    {
        _root.File("proc/self/cgroup", "0::/service/part\n");
        _root.File("sys/fs/cgroup/service/part/memory.max", "max\n");
        _root.File("sys/fs/cgroup/service/memory.max", "4000000\n");
        _root.File("sys/fs/cgroup/service/memory.current", "3000000\n");
        _root.File("sys/fs/cgroup/service/memory.stat", "anon 5\ninactive_file 2500000\n");

        var cpu = Read();

        Assert.Equal(4_000_000, cpu.Total);
        Assert.Equal(3_500_000, cpu.Available);
    }

    [Fact]
    public void This_machine_has_memory()
    {
        var cpu = Assert.Single(new CpuMemoryProbe().Read());

        Assert.InRange(cpu.Available, 1, cpu.Total);
    }

    private DeviceMemory Read() => Assert.Single(new CpuMemoryProbe(_root.Path).Read());
}
