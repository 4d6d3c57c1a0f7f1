using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Ilab.Native.Llama.Ggml.Kernels;

/// <summary>
/// Products with a small inner dimension: target[rows x columns] = left[rows x rank] x right[rank x columns]. Rows are partitioned among the threads.
/// </summary>
internal static unsafe class RankUp
{
    private const int Width = 16,
        Step = 2 * Width;

    /// <param name="isSum">Whether to add to the target.</param>
    public static void Compute(in NarrowProduct.Product product, bool isSum, int thread, int threads)
    {
        var (first, end) = CustomNode.Share(product.Rows, thread, threads, 4);
        if (first >= end)
        {
            return;
        }

        var right = product.Right;
        var line = product.RightDepthStep;
        float* turned = null;
        if (product.RightStep != 1)
        {
            line = product.Columns;
            right = turned = (float*)NativeMemory.Alloc((nuint)(product.Depth * line * sizeof(float)));
            Turn(product, turned);
        }

        var row = first;
        for (; row + 4 <= end; row += 4)
        {
            Rows4(product, right, line, row, isSum);
        }

        for (; row < end; row++)
        {
            Tail(product, right, line, (row, 0), isSum);
        }

        NativeMemory.Free(turned);
    }

    private static void Turn(in NarrowProduct.Product product, float* target)
    {
        for (var column = 0L; column < product.Columns; column++)
        {
            var source = product.Right + (column * product.RightStep);
            for (var k = 0L; k < product.Depth; k++)
            {
                target[(k * product.Columns) + column] = source[k * product.RightDepthStep];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows4(in NarrowProduct.Product product, float* right, long line, long row, bool isSum)
    {
        var (columns, depth, step) = (product.Columns, product.Depth, product.LeftDepthStep);
        float* l0 = product.Left + (row * product.LeftStep),
            l1 = l0 + product.LeftStep,
            l2 = l1 + product.LeftStep,
            l3 = l2 + product.LeftStep;
        float* t0 = product.Target + (row * columns),
            t1 = t0 + columns,
            t2 = t1 + columns,
            t3 = t2 + columns;
        var column = 0L;
        for (; column + Step <= columns; column += Step)
        {
            Vector512<float> a0 = default,
                b0 = default,
                a1 = default,
                b1 = default,
                a2 = default,
                b2 = default,
                a3 = default,
                b3 = default;
            if (isSum)
            {
                (a0, b0) = (Vector512.Load(t0 + column), Vector512.Load(t0 + column + Width));
                (a1, b1) = (Vector512.Load(t1 + column), Vector512.Load(t1 + column + Width));
                (a2, b2) = (Vector512.Load(t2 + column), Vector512.Load(t2 + column + Width));
                (a3, b3) = (Vector512.Load(t3 + column), Vector512.Load(t3 + column + Width));
            }

            var source = right + column;
            for (var k = 0L; k < depth; k++, source += line)
            {
                Vector512<float> a = Vector512.Load(source),
                    b = Vector512.Load(source + Width);
                var x = Vector512.Create(l0[k * step]);
                a0 = Vector512.FusedMultiplyAdd(a, x, a0);
                b0 = Vector512.FusedMultiplyAdd(b, x, b0);
                x = Vector512.Create(l1[k * step]);
                a1 = Vector512.FusedMultiplyAdd(a, x, a1);
                b1 = Vector512.FusedMultiplyAdd(b, x, b1);
                x = Vector512.Create(l2[k * step]);
                a2 = Vector512.FusedMultiplyAdd(a, x, a2);
                b2 = Vector512.FusedMultiplyAdd(b, x, b2);
                x = Vector512.Create(l3[k * step]);
                a3 = Vector512.FusedMultiplyAdd(a, x, a3);
                b3 = Vector512.FusedMultiplyAdd(b, x, b3);
            }

            a0.Store(t0 + column);
            b0.Store(t0 + column + Width);
            a1.Store(t1 + column);
            b1.Store(t1 + column + Width);
            a2.Store(t2 + column);
            b2.Store(t2 + column + Width);
            a3.Store(t3 + column);
            b3.Store(t3 + column + Width);
        }

        for (var index = 0; index < 4 && column < columns; index++)
        {
            Tail(product, right, line, (row + index, column), isSum);
        }
    }

    /// <summary>The end of a row, starting at a column.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tail(in NarrowProduct.Product product, float* right, long line, (long Row, long Column) from, bool isSum)
    {
        var left = product.Left + (from.Row * product.LeftStep);
        var target = product.Target + (from.Row * product.Columns);
        var column = from.Column;
        for (; column + Width <= product.Columns; column += Width)
        {
            var sum = isSum ? Vector512.Load(target + column) : Vector512<float>.Zero;
            for (var k = 0L; k < product.Depth; k++)
            {
                sum = Vector512.FusedMultiplyAdd(Vector512.Load(right + (k * line) + column), Vector512.Create(left[k * product.LeftDepthStep]), sum);
            }

            sum.Store(target + column);
        }

        for (; column < product.Columns; column++)
        {
            var sum = isSum ? target[column] : 0;
            for (var k = 0L; k < product.Depth; k++)
            {
                sum = MathF.FusedMultiplyAdd(right[(k * line) + column], left[k * product.LeftDepthStep], sum);
            }

            target[column] = sum;
        }
    }
}
