using Ilab.Engine.Errors;
using Ilab.Engine.Serving.Devices;

namespace Ilab.Engine.Tests.Serving.Devices;

public sealed class DeviceChoiceTests
{
    private static readonly DeviceSnapshot Cpu = new() { Id = "cpu", Name = "CPU" };
    private static readonly DeviceSnapshot Good = new() { Id = "cuda0", Name = "X1" };
    private static readonly DeviceSnapshot Bad = new()
    {
        Id = "cuda1",
        Name = "X2",
        Usable = false,
        Problem = "no library",
    };

    [Fact]
    public void A_usable_gpu_comes_before_the_cpu_and_the_cpu_is_no_way_out_of_a_full_gpu()
    {
        Assert.Equal([Good], DeviceChoice.Candidates("auto", [Good, Bad, Cpu]));
        Assert.Equal([Cpu], DeviceChoice.Candidates("auto", [Bad, Cpu]));
        Assert.Equal([Cpu], DeviceChoice.Candidates("cpu", [Good, Cpu]));
        Assert.Empty(DeviceChoice.Candidates("cuda1", [Good, Bad, Cpu]));
    }

    [Fact]
    public void Only_who_asked_for_nothing_is_warned()
    {
        Assert.Equal("cuda1 (X2) is not used: no library", DeviceChoice.Warning("auto", "cpu", [Bad, Cpu]));
        Assert.Equal("", DeviceChoice.Warning("cpu", "cpu", [Bad, Cpu]));
        Assert.Equal("", DeviceChoice.Warning("auto", "cuda0", [Good, Bad, Cpu]));
        Assert.Equal("", DeviceChoice.Warning("auto", "cpu", [Cpu]));
    }

    [Fact]
    public void A_device_that_is_not_there_or_cannot_be_used_is_refused()
    {
        DeviceChoice.Require("auto", [Cpu]);
        DeviceChoice.Require("cuda0", [Good, Cpu]);
        DeviceChoice.RequireGpu("auto", [Good, Cpu]);
        Assert.Equal(
            "no GPU to offload layers to: this machine has none",
            Assert.Throws<EngineException>(() => DeviceChoice.RequireGpu("auto", [Cpu])).Message
        );
        Assert.Contains(
            "cuda1 (X2) is not used: no library",
            Assert.Throws<EngineException>(() => DeviceChoice.RequireGpu("auto", [Bad, Cpu])).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "the device is set to cpu",
            Assert.Throws<EngineException>(() => DeviceChoice.RequireGpu("cpu", [Good, Cpu])).Message,
            StringComparison.Ordinal
        );
        Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<EngineException>(() => DeviceChoice.Require("cuda0", [Cpu])).Kind);
        var error = Assert.Throws<EngineException>(() => DeviceChoice.Require("cuda1", [Bad, Cpu]));
        Assert.Equal((ErrorKind.CannotLoad, "cuda1 (X2) cannot be used: no library"), (error.Kind, error.Message));
    }
}
