using Ilab.Engine.Serving.Devices;

namespace Ilab.Engine.Tests.Serving.Devices;

public sealed class VisibleDevicesTests
{
    private static readonly string[] Gpus = ["GPU-aaaa-1", "GPU-aabb-2", "GPU-cccc-3"];

    [Theory]
    [InlineData(null, new[] { 0, 1, 2 })]
    [InlineData("", new int[0])]
    [InlineData("-1", new int[0])]
    [InlineData("2,0", new[] { 2, 0 })]
    [InlineData("1,9,0", new[] { 1 })]
    [InlineData("1,1,0", new[] { 1 })]
    [InlineData(" 0 , 1 ", new[] { 0, 1 })]
    [InlineData("GPU-cc,GPU-aaaa", new[] { 2, 0 })]
    [InlineData("GPU-aa", new int[0])] // of two
    public void Cuda_s_rules_are_followed(string? variable, int[] visible) => Assert.Equal(visible, VisibleDevices.Select(variable, Gpus));
}
