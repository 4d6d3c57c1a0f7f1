using Ilab.Native.OneDnn.Products;
using Ilab.Native.OneDnn.Training;

namespace Ilab.Native.OneDnn.Tests.Training;

public sealed unsafe class TurningTests
{
    [Theory]
    [InlineData(16, 16, 16)]
    [InlineData(48, 32, 50)]
    [InlineData(21, 35, 21)]
    [InlineData(3, 100, 8)]
    public void RowsBecomeColumns(int rows, int columns, int lineStep)
    {
        var source = Enumerable.Range(0, columns * lineStep).Select(static index => MathF.Sin(index)).ToArray();
        var single = new float[rows * columns];
        var half = new ushort[rows * columns];
        fixed (
            float* from = source,
                to = single
        )
        fixed (ushort* toHalf = half)
        {
            Turning.Turn(from, lineStep, rows, columns, (byte*)to, Precision.Single);
            Turning.Turn(from, lineStep, rows, columns, (byte*)toHalf, Precision.Bfloat16);
        }

        var expected = Enumerable.Range(0, rows * columns).Select(index => source[(index % columns * lineStep) + (index / columns)]).ToArray();
        Assert.Equal(expected, single);
        Assert.Equal(expected.Select(Bfloat16.Of), half);
    }
}
