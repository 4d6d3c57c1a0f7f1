using Ilab.Configuration.Runs;
using Ilab.Engine.Errors;
using Ilab.Engine.Planning;
using Ilab.Engine.Serving.Devices;

namespace Ilab.Engine.Tests.Planning;

/// <summary>What a run can have of this machine, and of others.</summary>
public sealed class PlanMachineTests
{
    private static readonly DeviceSnapshot Cpu = new()
    {
        Id = "cpu",
        Name = "CPU",
        Budget = 1000,
        Reserved = 300,
        UsedByOthers = 100,
    };

    private static readonly DeviceSnapshot Gpu = new()
    {
        Id = "cuda0",
        Name = "a GPU",
        Budget = 5000,
    };

    [Fact]
    public void WhatOthersUseIsGoneAndWhatThisServiceUsesIsSaid()
    {
        var machine = PlanMachine.This("cpu", [Cpu], "/");
        Assert.Equal((900L, null), (machine.Memory, machine.Host));
        Assert.Contains("300 B of cpu are in use", Assert.Single(machine.Notes), StringComparison.Ordinal);
        Assert.True(machine.Disk > 0);
    }

    [Fact]
    public void AGpuHasTheHostBesideIt()
    {
        var machine = PlanMachine.This("auto", [Gpu, Cpu], "/");
        Assert.Equal(("cuda0", 5000L, 900L), (machine.Device, machine.Memory, machine.Host));
        Assert.Equal("no such device: cuda7", Assert.Throws<EngineException>(() => PlanMachine.This("cuda7", [Gpu, Cpu], "/")).Message);
    }

    [Fact]
    public void AnotherMachineIsOneDeviceOfOneHost()
    {
        var machine = PlanMachine.Other(Resources.Parse("gpus=4,gpu-memory=80GiB,hosts=2,memory=512GiB,disk=1TB"));
        Assert.Equal((80L << 30) - (512L << 20), machine.Memory);
        Assert.Equal(1_000_000_000_000, machine.Disk);
        Assert.True(machine is { IsGpu: true, IsOther: true, Name: "one of 4 GPUs with 85.9 GB, on one of 2 hosts" });
        Assert.Contains("not distributed", Assert.Single(machine.Notes), StringComparison.Ordinal);
        Assert.Equal(["cuda0", "cpu"], machine.Devices().Select(static device => device.Id));
    }

    [Fact]
    public void WhatIsNotSaidIsNotKnown()
    {
        var machine = PlanMachine.Other(Resources.Parse("hosts=1,disk=10GB"));
        Assert.Equal(("cpu", null, 10_000_000_000L), (machine.Device, machine.Memory, machine.Disk!.Value));
    }
}
