using Ilab.Native.Llama.Threads;

namespace Ilab.Native.Llama.Tests.Threads;

public sealed class CpuSetTests
{
    [Theory]
    [InlineData("0", new[] { 0 })]
    [InlineData("0-3,8", new[] { 0, 1, 2, 3, 8 })]
    [InlineData(" 5, 2-3\n", new[] { 2, 3, 5 })]
    [InlineData("1,1-2", new[] { 1, 2 })]
    public void ListsAreRead(string text, int[] expected) => Assert.Equal(expected, CpuSet.Parse(text)!.Numbers);

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("max")]
    [InlineData("3-1")]
    [InlineData("-1")]
    [InlineData("0-99999999")]
    public void WhatIsNoListIsNone(string text) => Assert.Null(CpuSet.Parse(text));

    [Fact]
    public void SetsOfTheSameNumbersAreEqual()
    {
        Assert.Equal(CpuSet.First(3), CpuSet.Parse("0-2"));
        Assert.Equal(CpuSet.First(3).GetHashCode(), CpuSet.Parse("0-2")!.GetHashCode());
        Assert.NotEqual(CpuSet.First(3), CpuSet.Parse("1-3"));
        Assert.Equal(CpuSet.Parse("1-2"), CpuSet.First(3).Intersect(CpuSet.Parse("1-9")!));
    }
}
