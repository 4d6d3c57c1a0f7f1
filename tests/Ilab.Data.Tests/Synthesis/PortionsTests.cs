using Ilab.Data.Synthesis;

namespace Ilab.Data.Tests.Synthesis;

public sealed class PortionsTests
{
    [Theory]
    [InlineData(7, 0, 0, 7)] // nothing is known yet
    [InlineData(7, 20, 20, 7)]
    [InlineData(7, 20, 10, 14)] // half of it was rejected
    [InlineData(1, 20, 0, 8)] // at most a batch
    [InlineData(100, 20, 2, 200)] // or as much again
    [InlineData(7, 10, 20, 3.5)] // a call gives two
    public void WhatWasRejectedIsAskedForInAddition(int missing, double expected, int made, double wanted) =>
        Assert.Equal(wanted, Portions.Wanted(missing, expected, made, 8));

    [Theory]
    [InlineData(3, 5, "3x1")]
    [InlineData(5, 5, "5x1")]
    [InlineData(17, 5, "2x4 3x3")]
    [InlineData(20, 5, "5x4")]
    [InlineData(1000, 5, "5x30")]
    [InlineData(0.5, 5, "1x1")]
    public void SamplesAreSpreadOverTheRows(double wanted, int rows, string expected) =>
        Assert.Equal(expected, Show(Portions.Of(wanted, rows, static scale => scale)));

    [Theory]
    [InlineData(3, 1.0, "3x1")]
    [InlineData(17, 1.0, "5x1")] // what no scale changes goes round again
    [InlineData(17, 10.0, "2x1")]
    [InlineData(3, 0.0, "3x1")]
    public void APipelineWithoutScaleTakesMoreRows(double wanted, double yield, string expected) =>
        Assert.Equal(expected, Show(Portions.Of(wanted, 5, _ => yield)));

    private static string Show(IReadOnlyList<Portion> portions) => string.Join(' ', portions.Select(static portion => $"{portion.Rows}x{portion.Scale}"));
}
