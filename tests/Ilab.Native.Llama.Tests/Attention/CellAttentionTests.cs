using System.Runtime.InteropServices;
using Ilab.Native.Llama.Attention;
using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama.Tests.Attention;

/// <summary>Attention of single tokens, against the formula in double precision.</summary>
public sealed unsafe class CellAttentionTests : IDisposable
{
    private const int Rows = 3;
    private readonly Random _random = new(3);
    private readonly List<nint> _memory = [];
    private VisibleCells _visible;

    [Theory]
    [InlineData(8, 8, 32, 32, 1)]
    [InlineData(12, 12, 64, 64, 37)]
    [InlineData(9, 3, 64, 64, 200)]
    [InlineData(4, 2, 80, 80, 45)]
    [InlineData(4, 1, 192, 128, 66)]
    [InlineData(2, 2, 16, 16, 19)]
    public void EqualsTheFormula(int heads, int groups, int depth, int valueDepth, int cells)
    {
        foreach (var (cap, sinks, bias) in new[] { (0f, false, false), (30f, false, false), (0f, true, false), (0f, false, true), (5f, true, true) })
        {
            var node = Node(heads, groups, depth, valueDepth, cells, cap, sinks, bias);
            for (var row = 0; row < Rows; row++)
            {
                if (WideFloats.IsSupported && CellAttention<WideFloats>.Fits(depth, valueDepth))
                {
                    Check<WideFloats>(node, cap, row, heads, valueDepth, cells);
                }

                if (NarrowFloats.IsSupported)
                {
                    Assert.True(CellAttention<NarrowFloats>.Fits(depth, valueDepth));
                    Check<NarrowFloats>(node, cap, row, heads, valueDepth, cells);
                }
            }
        }
    }

    [Fact]
    public void ATokenThatSeesNothingGetsNothing()
    {
        var node = Node(2, 2, 32, 32, 40, 0, hasSinks: false, hasBias: false);
        new Span<ushort>(((GgmlTensor*)node->src[3])->data, Rows * 40).Fill(VisibleCells.Hidden);
        new Span<float>(node->data, Rows * 2 * 32).Fill(1);

        Run<NarrowFloats>(node, 0, 1, (0, 2), 40);

        Assert.All(Result(node, 1, 0, 2, 32), static value => Assert.Equal(0, value));
    }

    /// <summary>Where the cells lie, and which heads a thread takes, changes no digit.</summary>
    [Fact]
    public void WhereCellsLieChangesNothing()
    {
        var one = Node(6, 2, 64, 64, 90, 0, hasSinks: false, hasBias: false);
        Show(one, static cell => cell < 30);
        var other = Node(6, 2, 64, 64, 90, 0, hasSinks: false, hasBias: false);
        Copy(one, other, 0, static _ => 0);
        Show(other, static cell => cell % 3 == 1);
        Copy(one, other, 1, static cell => (cell * 3) + 1);
        Copy(one, other, 2, static cell => (cell * 3) + 1);

        Run<NarrowFloats>(one, 0, 1, (0, 6), 90);
        Run<NarrowFloats>(other, 0, 1, (0, 3), 90);
        Run<NarrowFloats>(other, 0, 1, (3, 3), 90);

        Assert.Equal(Result(one, 1, 0, 6, 64), Result(other, 1, 0, 6, 64));
    }

    public void Dispose()
    {
        _visible.Free();
        _memory.ForEach(static memory => NativeMemory.AlignedFree((void*)memory));
    }

    private void Check<T>(GgmlTensor* node, float cap, int row, int heads, int valueDepth, int cells)
        where T : struct, IFloats<T>
    {
        Run<T>(node, cap, row, (0, heads), cells);
        for (var head = 0; head < heads; head++)
        {
            var (found, expected) = (Result(node, row, head, 1, valueDepth), Formula(node, cap, row, head, cells));
            for (var index = 0; index < valueDepth; index++)
            {
                Assert.Equal(expected[index], found[index], 5e-6);
            }
        }
    }

    private void Run<T>(GgmlTensor* node, float cap, int row, (long, long) heads, int cells)
        where T : struct, IFloats<T>
    {
        var sight = _visible.Find(_random.NextInt64(), (GgmlTensor*)node->src[3], row, cells);
        var room = (float*)Take(CellAttention<T>.RoomOf(node, heads.Item2, sight.Count) * sizeof(float));
        CellAttention<T>.Run(node, new AttentionFacts(0.11f, cap), row, heads, sight, room);
    }

    private static float[] Result(GgmlTensor* node, int row, int head, int heads, int depth) =>
        new Span<float>(node->data + ((ulong)row * node->nb[2]) + ((ulong)head * node->nb[1]), heads * depth).ToArray();

    private static double[] Formula(GgmlTensor* node, float cap, int row, int head, int cells)
    {
        GgmlTensor* query = (GgmlTensor*)node->src[0],
            key = (GgmlTensor*)node->src[1],
            value = (GgmlTensor*)node->src[2],
            mask = (GgmlTensor*)node->src[3];
        var group = head / (query->ne[2] / key->ne[2]);
        var q = (float*)(query->data + ((ulong)row * query->nb[1]) + ((ulong)head * query->nb[2]));
        var scores = new double[cells];
        for (var cell = 0; cell < cells; cell++)
        {
            for (var index = 0; index < key->ne[0]; index++)
            {
                scores[cell] += q[index] * (double)((Half*)(key->data + ((ulong)cell * key->nb[1]) + ((ulong)group * key->nb[2])))[index];
            }

            scores[cell] =
                (cap == 0 ? 0.11f * scores[cell] : cap * Math.Tanh(0.11f * scores[cell] / cap))
                + (double)((Half*)(mask->data + ((ulong)row * mask->nb[1])))[cell];
        }

        var sink = node->src[4] == 0 ? double.NegativeInfinity : ((float*)((GgmlTensor*)node->src[4])->data)[head];
        var most = Math.Max(sink, scores.Max());
        var total = Math.Exp(sink - most) + scores.Sum(score => Math.Exp(score - most));
        var result = new double[value->ne[0]];
        for (var cell = 0; cell < cells; cell++)
        {
            for (var index = 0; index < result.Length; index++)
            {
                var halves = (Half*)(value->data + ((ulong)cell * value->nb[1]) + ((ulong)group * value->nb[2]));
                result[index] += Math.Exp(scores[cell] - most) / total * (double)halves[index];
            }
        }

        return result;
    }

    private static void Show(GgmlTensor* node, Func<int, bool> isVisible)
    {
        var mask = (GgmlTensor*)node->src[3];
        for (var cell = 0; cell < Rows * mask->ne[0]; cell++)
        {
            ((ushort*)mask->data)[cell] = isVisible((int)(cell % mask->ne[0])) ? (ushort)0 : VisibleCells.Hidden;
        }
    }

    private static void Copy(GgmlTensor* from, GgmlTensor* to, int source, Func<int, int> place)
    {
        GgmlTensor* one = (GgmlTensor*)from->src[source],
            other = (GgmlTensor*)to->src[source];
        if (source == 0)
        {
            new Span<byte>(one->data, (int)(one->nb[2] * (ulong)one->ne[2])).CopyTo(new Span<byte>(other->data, (int)(one->nb[2] * (ulong)one->ne[2])));
            return;
        }

        for (var cell = 0; place(cell) < one->ne[1]; cell++)
        {
            new Span<byte>(one->data + ((ulong)cell * one->nb[1]), (int)one->nb[1]).CopyTo(
                new Span<byte>(other->data + ((ulong)place(cell) * one->nb[1]), (int)one->nb[1])
            );
        }
    }

    private GgmlTensor* Node(int heads, int groups, int depth, int valueDepth, int cells, float cap, bool hasSinks, bool hasBias)
    {
        const int F16 = 1;
        var node = Tensor(0, valueDepth, heads, Rows);
        var query = Tensor(0, depth, Rows, heads);
        Fill((float*)query->data, depth * Rows * heads);
        GgmlTensor* key = Tensor(F16, depth, cells, groups),
            value = Tensor(F16, valueDepth, cells, groups),
            mask = Tensor(F16, cells, Rows, 1);
        ByCell(key, depth, groups);
        ByCell(value, valueDepth, groups);
        for (var index = 0; index < cells * Rows; index++)
        {
            var isVisible = index % cells == cells / 2 || _random.Next(3) > 0;
            ((Half*)mask->data)[index] =
                !isVisible ? Half.NegativeInfinity
                : hasBias ? (Half)(-_random.NextSingle())
                : (Half)0;
        }

        (node->src[0], node->src[1], node->src[2], node->src[3]) = ((nint)query, (nint)key, (nint)value, (nint)mask);
        if (hasSinks)
        {
            var sinks = Tensor(0, heads, 1, 1);
            Fill((float*)sinks->data, heads);
            node->src[4] = (nint)sinks;
        }

        ((float*)node->op_params)[0] = 0.11f;
        ((float*)node->op_params)[2] = cap;
        Assert.True(!NarrowFloats.IsSupported || AttentionFacts.IsOurs(node));
        return node;
    }

    /// <summary>The heads of a cell side by side, as in the cache.</summary>
    private void ByCell(GgmlTensor* tensor, int depth, int groups)
    {
        (tensor->nb[1], tensor->nb[2]) = ((ulong)(depth * groups * sizeof(ushort)), (ulong)(depth * sizeof(ushort)));
        for (var index = 0; index < depth * groups * tensor->ne[1]; index++)
        {
            ((Half*)tensor->data)[index] = (Half)((_random.NextSingle() * 4) - 2);
        }
    }

    private void Fill(float* values, int count)
    {
        for (var index = 0; index < count; index++)
        {
            values[index] = (_random.NextSingle() * 4) - 2;
        }
    }

    private GgmlTensor* Tensor(int type, long first, long second, long third)
    {
        var size = type == 0 ? sizeof(float) : sizeof(ushort);
        var tensor = (GgmlTensor*)Take((nuint)sizeof(GgmlTensor));
        tensor->type = type;
        (tensor->ne[0], tensor->ne[1], tensor->ne[2], tensor->ne[3]) = (first, second, third, 1);
        (tensor->nb[0], tensor->nb[1], tensor->nb[2]) = ((ulong)size, (ulong)(first * size), (ulong)(first * second * size));
        tensor->nb[3] = (ulong)(first * second * third * size);
        tensor->data = (byte*)Take((nuint)(first * second * third * size));
        return tensor;
    }

    private void* Take(nuint size)
    {
        var memory = NativeMemory.AlignedAlloc(size + 64, 64);
        NativeMemory.Clear(memory, size + 64);
        _memory.Add((nint)memory);
        return memory;
    }
}
