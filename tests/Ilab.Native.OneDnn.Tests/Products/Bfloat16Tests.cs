using Ilab.Native.OneDnn.Products;

namespace Ilab.Native.OneDnn.Tests.Products;

public sealed unsafe class Bfloat16Tests
{
    [Fact]
    public void VectorsAndSinglesRoundAlike()
    {
        var random = new Random(3);
        var values = new float[1003];
        for (var index = 0; index < values.Length; index++)
        {
            values[index] = BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue));
        }

        var converted = Convert(values);
        Assert.Equal(values.Select(Bfloat16.Of), converted);
    }

    [Theory]
    [InlineData(1f, 0x3f80)]
    [InlineData(1.00390625f, 0x3f80)] // half way: to even
    [InlineData(1.01171875f, 0x3f82)] // half way: to even
    [InlineData(float.PositiveInfinity, 0x7f80)]
    [InlineData(-0f, 0x8000)]
    [InlineData(float.MaxValue, 0x7f80)]
    public void RoundsToNearestEven(float value, int expected) => Assert.Equal((ushort)expected, Bfloat16.Of(value));

    [Fact]
    public void WhatIsNotANumberStaysSo()
    {
        var odd = BitConverter.UInt32BitsToSingle(0x7fffffff); // adding the rounding to it would make it a zero
        Assert.All(Convert([.. Enumerable.Repeat(odd, 17)]), static value => Assert.True(float.IsNaN(Bfloat16.ToSingle(value))));
    }

    private static ushort[] Convert(float[] values)
    {
        var result = new ushort[values.Length];
        fixed (float* source = values)
        fixed (ushort* target = result)
        {
            Bfloat16.Convert(source, target, values.Length);
        }

        return result;
    }
}
