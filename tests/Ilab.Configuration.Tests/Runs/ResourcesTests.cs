using Ilab.Configuration.Runs;

namespace Ilab.Configuration.Tests.Runs;

/// <summary>Machines that runs are planned for.</summary>
public sealed class ResourcesTests
{
    [Fact]
    public void EveryKeyAndUnitIsRead()
    {
        var read = Resources.Parse("gpus=4, gpu-memory=80GiB,hosts=2,memory=512G,disk=1.5TB");
        Assert.Equal(
            new Resources
            {
                Gpus = 4,
                GpuMemory = 80L << 30,
                Hosts = 2,
                Memory = 512L << 30,
                Disk = 1_500_000_000_000,
            },
            read
        );
        Assert.Equal(read, Resources.Parse(read.ToString()));
        Assert.Equal("gpus=4,gpu-memory=80GiB,hosts=2,memory=512GiB,disk=1500GB", read.ToString());
    }

    [Fact]
    public void WhatIsNotSaidIsUnknownOrOne() =>
        Assert.Equal(
            (0, 0L, 1, 1L << 30, 0L),
            Resources.Parse("memory=1024m") is var read ? (read.Gpus, read.GpuMemory, read.Hosts, read.Memory, read.Disk) : default
        );

    [Fact]
    public void MemoryOfAGpuMeansThatThereIsOne() => Assert.Equal(1, Resources.Parse("gpu_memory=24GB").Gpus);

    [Theory]
    [InlineData("", "no resources are named")]
    [InlineData("gpus", "is not KEY=VALUE")]
    [InlineData("gpus=", "is not KEY=VALUE")]
    [InlineData("gpu-memroy=80GiB", "did you mean gpu-memory?")]
    [InlineData("cores=4", "there are gpus, gpu-memory, hosts, memory, disk")]
    [InlineData("gpus=4", "add gpu-memory")]
    [InlineData("gpus=0,gpu-memory=8GiB", "but gpus=0")]
    [InlineData("gpus=-1,gpu-memory=8GiB", "not an integer of 0 or more")]
    [InlineData("hosts=0,memory=8GiB", "not an integer of 1 or more")]
    [InlineData("memory=8 GiB,memory=9GiB", "memory is given twice")]
    [InlineData("memory=big", "is not a size such as 80GiB")]
    [InlineData("memory=0", "is not a size")]
    [InlineData("memory=1e30TiB", "is not a size")]
    [InlineData("memory=-5GiB", "is not a size")]
    public void MistakesAreExplained(string text, string message) =>
        Assert.Contains(message, Assert.Throws<FormatException>(() => Resources.Parse(text)).Message, StringComparison.Ordinal);
}
