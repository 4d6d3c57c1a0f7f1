using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ilab.Native.Llama.Ggml.Kernels;

/// <summary>
/// Products with a narrow matrix: for each element i of its rows and each element j of the wide matrix's rows, the sum over all rows of narrow(k, i) * wide(k,
/// j). The columns of the wide matrix are partitioned among the threads, so the result does not depend on their number.
/// </summary>
internal static unsafe class RankSum
{
    private const int Width = 16,
        Step = 2 * Width,
        Group = 8;

    /// <summary>Columns accumulated at a time, and rows processed before the next columns: memory is read sequentially.</summary>
    private const int Panel = 512,
        Lines = 32;

    /// <param name="target">Element (i, j) is stored at i * <paramref name="iStep"/> + j * <paramref name="jStep"/>.</param>
    public static void Compute(in Operands operands, float* target, long iStep, long jStep, int thread, int threads)
    {
        var (first, end) = CustomNode.Share(operands.WideCount, thread, threads, Step);
        var sums = stackalloc float[(int)operands.NarrowCount * Panel];
        for (var j = first; j < end; j += Panel)
        {
            var wide = (int)Math.Min(Panel, end - j);
            new Span<float>(sums, (int)operands.NarrowCount * Panel).Clear();
            for (var k = 0L; k < operands.Depth; k += Lines)
            {
                Add(operands, j, wide, (k, Math.Min(Lines, operands.Depth - k)), sums);
            }

            for (var i = 0L; i < operands.NarrowCount; i++)
            {
                for (var column = 0; column < wide; column++)
                {
                    target[(i * iStep) + ((j + column) * jStep)] = sums[(i * Panel) + column];
                }
            }
        }
    }

    private static void Add(in Operands operands, long j, int wide, (long First, long Count) lines, float* sums)
    {
        for (var i = 0L; i < operands.NarrowCount; i += Group)
        {
            var high = (int)Math.Min(Group, operands.NarrowCount - i);
            var column = 0;
            for (; high == Group && column + Step <= wide; column += Step)
            {
                Block(operands, i, j + column, lines, sums + (i * Panel) + column);
            }

            if (column < wide)
            {
                Part(operands, (i, high), (j + column, wide - column), lines, sums + (i * Panel) + column);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Block(in Operands operands, long i, long j, (long First, long Count) lines, float* sums)
    {
        Vector512<float> a0 = Vector512.Load(sums + (0 * Panel)),
            b0 = Vector512.Load(sums + (0 * Panel) + Width);
        Vector512<float> a1 = Vector512.Load(sums + (1 * Panel)),
            b1 = Vector512.Load(sums + (1 * Panel) + Width);
        Vector512<float> a2 = Vector512.Load(sums + (2 * Panel)),
            b2 = Vector512.Load(sums + (2 * Panel) + Width);
        Vector512<float> a3 = Vector512.Load(sums + (3 * Panel)),
            b3 = Vector512.Load(sums + (3 * Panel) + Width);
        Vector512<float> a4 = Vector512.Load(sums + (4 * Panel)),
            b4 = Vector512.Load(sums + (4 * Panel) + Width);
        Vector512<float> a5 = Vector512.Load(sums + (5 * Panel)),
            b5 = Vector512.Load(sums + (5 * Panel) + Width);
        Vector512<float> a6 = Vector512.Load(sums + (6 * Panel)),
            b6 = Vector512.Load(sums + (6 * Panel) + Width);
        Vector512<float> a7 = Vector512.Load(sums + (7 * Panel)),
            b7 = Vector512.Load(sums + (7 * Panel) + Width);
        var step = operands.NarrowStep;
        var wide = operands.Wide + (lines.First * operands.WideLine) + j;
        var narrow = operands.Narrow + (lines.First * operands.NarrowLine) + (i * step);
        for (var k = lines.Count; k > 0; k--, wide += operands.WideLine, narrow += operands.NarrowLine)
        {
            Vector512<float> a = Vector512.Load(wide),
                b = Vector512.Load(wide + Width);
            var x = Vector512.Create(narrow[0]);
            a0 = Vector512.FusedMultiplyAdd(a, x, a0);
            b0 = Vector512.FusedMultiplyAdd(b, x, b0);
            x = Vector512.Create(narrow[step]);
            a1 = Vector512.FusedMultiplyAdd(a, x, a1);
            b1 = Vector512.FusedMultiplyAdd(b, x, b1);
            x = Vector512.Create(narrow[2 * step]);
            a2 = Vector512.FusedMultiplyAdd(a, x, a2);
            b2 = Vector512.FusedMultiplyAdd(b, x, b2);
            x = Vector512.Create(narrow[3 * step]);
            a3 = Vector512.FusedMultiplyAdd(a, x, a3);
            b3 = Vector512.FusedMultiplyAdd(b, x, b3);
            x = Vector512.Create(narrow[4 * step]);
            a4 = Vector512.FusedMultiplyAdd(a, x, a4);
            b4 = Vector512.FusedMultiplyAdd(b, x, b4);
            x = Vector512.Create(narrow[5 * step]);
            a5 = Vector512.FusedMultiplyAdd(a, x, a5);
            b5 = Vector512.FusedMultiplyAdd(b, x, b5);
            x = Vector512.Create(narrow[6 * step]);
            a6 = Vector512.FusedMultiplyAdd(a, x, a6);
            b6 = Vector512.FusedMultiplyAdd(b, x, b6);
            x = Vector512.Create(narrow[7 * step]);
            a7 = Vector512.FusedMultiplyAdd(a, x, a7);
            b7 = Vector512.FusedMultiplyAdd(b, x, b7);
        }

        Keep(sums, 0, a0, b0);
        Keep(sums, 1, a1, b1);
        Keep(sums, 2, a2, b2);
        Keep(sums, 3, a3, b3);
        Keep(sums, 4, a4, b4);
        Keep(sums, 5, a5, b5);
        Keep(sums, 6, a6, b6);
        Keep(sums, 7, a7, b7);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Keep(float* sums, int row, Vector512<float> a, Vector512<float> b)
    {
        a.Store(sums + (row * Panel));
        b.Store(sums + (row * Panel) + Width);
    }

    private static void Part(in Operands operands, (long First, int Count) i, (long First, int Count) j, (long First, long Count) lines, float* sums)
    {
        for (var k = lines.First; k < lines.First + lines.Count; k++)
        {
            var wide = operands.Wide + (k * operands.WideLine) + j.First;
            var narrow = operands.Narrow + (k * operands.NarrowLine) + (i.First * operands.NarrowStep);
            for (var row = 0; row < i.Count; row++)
            {
                var x = narrow[row * operands.NarrowStep];
                var sum = sums + (row * Panel);
                for (var column = 0; column < j.Count; column++)
                {
                    sum[column] = MathF.FusedMultiplyAdd(wide[column], x, sum[column]);
                }
            }
        }
    }

    /// <summary>A wide matrix with contiguous rows and a narrow one. Strides in floats.</summary>
    internal readonly struct Operands(float* wide, long wideLine, long wideCount, float* narrow, long narrowLine, long narrowStep, long narrowCount, long depth)
    {
        public readonly float* Wide = wide,
            Narrow = narrow;
        public readonly long WideLine = wideLine,
            WideCount = wideCount,
            NarrowLine = narrowLine,
            NarrowStep = narrowStep,
            NarrowCount = narrowCount,
            Depth = depth;
    }
}
