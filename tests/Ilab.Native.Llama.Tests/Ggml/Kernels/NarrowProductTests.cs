using Ilab.Native.Llama.Ggml.Kernels;
using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama.Tests.Ggml.Kernels;

public sealed unsafe class NarrowProductTests
{
    /// <summary>Ranks that fill vectors and such that do not; matrices as they are and turned around.</summary>
    [Theory]
    [InlineData(33, 100, 8, false, false)]
    [InlineData(64, 384, 16, true, true)]
    [InlineData(50, 70, 3, true, false)]
    [InlineData(1000, 8, 200, true, false)]
    [InlineData(75, 20, 130, true, false)]
    [InlineData(8, 1100, 70, true, false)]
    [InlineData(5, 90, 40, true, false)]
    [InlineData(64, 33, 65, true, false)]
    public void TheProductIsRightOnAnyNumberOfThreads(int rows, int columns, int depth, bool isOuter, bool isTurned)
    {
        var random = new Random(5);
        float[] left = Numbers(random, rows * depth),
            right = Numbers(random, columns * depth);
        var expected = Expected(left, right, rows, columns, depth);
        for (var threads = 1; threads <= 3; threads++)
        {
            var computed = Compute(left, right, (rows, columns, depth), isOuter, isTurned, threads);
            Assert.All(expected.Zip(computed), static pair => Assert.InRange(pair.Second - pair.First, -1e-4, 1e-4));
            Assert.Equal(Compute(left, right, (rows, columns, depth), isOuter, isTurned, 1), computed);
        }
    }

    /// <summary>As a dimension of the node is counted: left has a row for each row of the target, right for each column.</summary>
    private static double[] Expected(float[] left, float[] right, int rows, int columns, int depth)
    {
        var target = new double[rows * columns];
        for (var index = 0; index < target.Length; index++)
        {
            for (var k = 0; k < depth; k++)
            {
                target[index] += (double)left[(index / columns * depth) + k] * right[(index % columns * depth) + k];
            }
        }

        return target;
    }

    private static float[] Compute(float[] left, float[] right, (int Rows, int Columns, int Depth) size, bool isOuter, bool isTurned, int threads)
    {
        var (rows, columns, depth) = size;
        var target = new float[rows * columns];

        // MUL_MAT takes rows along the depth; OUT_PROD takes lines across it, of which the second may be a view of the other order.
        var a = isOuter ? Turned(right, columns, depth) : right;
        var b = isOuter && !isTurned ? Turned(left, rows, depth) : left;
        fixed (
            float* first = a,
                second = b,
                result = target
        )
        {
            var one = Tensor(first, isOuter ? (columns, depth) : (depth, columns));
            var two = isTurned ? Tensor(second, (rows, depth), turned: true) : Tensor(second, isOuter ? (rows, depth) : (depth, rows));
            var node = Tensor(result, (columns, rows));
            (node.src[0], node.src[1]) = ((nint)(&one), (nint)(&two));
            for (var thread = 0; thread < threads; thread++)
            {
                NarrowProduct.Compute(&node, isOuter, thread, threads);
            }
        }

        return target;
    }

    private static GgmlTensor Tensor(float* data, (long Columns, long Rows) size, bool turned = false)
    {
        var tensor = new GgmlTensor { data = (byte*)data };
        (tensor.ne[0], tensor.ne[1], tensor.ne[2], tensor.ne[3]) = (size.Columns, size.Rows, 1, 1);
        tensor.nb[0] = (ulong)(turned ? size.Rows * sizeof(float) : sizeof(float));
        tensor.nb[1] = (ulong)(turned ? sizeof(float) : size.Columns * sizeof(float));
        return tensor;
    }

    private static float[] Turned(float[] values, int rows, int columns) =>
        [.. Enumerable.Range(0, values.Length).Select(index => values[(index % rows * columns) + (index / rows)])];

    private static float[] Numbers(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() - 0.5))];
}
