using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama.Attention;

/// <summary>
/// Attention of one token over the cells that it sees: softmax(q kT scale) v for some heads, with keys and values in halves and everything else in floats. ggml
/// looks at one cell after the other and keeps the sum in halves; here four cells are multiplied at once, the softmax is one pass, and the sum has all digits.
/// A result depends on nothing but the token and its cells in their order.
/// </summary>
/// <typeparam name="T">The processor's vectors.</typeparam>
internal static unsafe class CellAttention<T>
    where T : struct, IFloats<T>
{
    private const int Together = 4;

    /// <summary>Cells whose values are added for one head before the next head's turn.</summary>
    private const int Block = 16;

    /// <summary>Keys are fetched so many cells before their turn: processors do not foresee them, as cells lie further apart than what is read.</summary>
    private const int Ahead = 12;

    private const int CacheLine = 64;

    /// <summary>Floats of room for some heads and so many cells.</summary>
    public static nuint RoomOf(GgmlTensor* node, long heads, long cells) => (nuint)(heads * (Depth(node) + Scores(cells) + (2 * ValueDepth(node)) + 1));

    /// <summary>Whether vectors of this kind fit the depths of keys and values.</summary>
    public static bool Fits(long depth, long valueDepth) => depth % T.Width == 0 && valueDepth % (2 * T.Width) == 0;

    /// <param name="node">Of attention.</param>
    /// <param name="facts">What it was before it was taken over.</param>
    /// <param name="row">The token.</param>
    /// <param name="heads">First and number.</param>
    /// <param name="room">See <see cref="RoomOf"/>.</param>
    public static void Run(GgmlTensor* node, in AttentionFacts facts, long row, (long First, long Count) heads, in Sight sight, float* room)
    {
        GgmlTensor* query = (GgmlTensor*)node->src[0],
            mask = (GgmlTensor*)node->src[3],
            sinks = (GgmlTensor*)node->src[4];
        var stride = Scores(sight.Count);
        float* scaled = room,
            scores = scaled + (heads.Count * Depth(node)),
            parts = scores + (heads.Count * stride),
            sums = parts + (heads.Count * 2 * ValueDepth(node));
        for (var head = 0L; head < heads.Count; head++)
        {
            var source = (float*)(query->data + ((ulong)row * query->nb[1]) + ((ulong)(heads.First + head) * query->nb[2]));
            Scale(source, facts.Scale / (facts.Cap == 0 ? 1 : facts.Cap), scaled + (head * Depth(node)), Depth(node));
        }

        Score(node, heads, scaled, sight, scores, stride);
        for (var head = 0L; head < heads.Count; head++)
        {
            var own = scores + (head * stride);
            if (facts.Cap != 0)
            {
                Cap(own, sight.Count, facts.Cap);
            }

            if (sight.IsBiased)
            {
                Bias(own, (ushort*)(mask->data + ((ulong)row * mask->nb[1])), sight);
            }

            sums[head] = Softmax(own, sight.Count, sinks == null ? float.NegativeInfinity : ((float*)sinks->data)[heads.First + head]);
        }

        Collect(node, heads, scores, stride, sight, parts);
        for (var head = 0L; head < heads.Count; head++)
        {
            var target = (float*)(node->data + ((ulong)(heads.First + head) * node->nb[1]) + ((ulong)row * node->nb[2]));
            Give(parts + (head * 2 * ValueDepth(node)), ValueDepth(node), sums[head] > 0 ? 1 / sums[head] : 0, target);
        }
    }

    private static long Depth(GgmlTensor* node) => ((GgmlTensor*)node->src[1])->ne[0];

    private static long ValueDepth(GgmlTensor* node) => ((GgmlTensor*)node->src[2])->ne[0];

    private static long Scores(long cells) => cells + Together + T.Width;

    private static void Scale(float* query, float scale, float* target, long depth)
    {
        // Keys are read too small by the same factor.
        var factor = T.Create(scale * HalfFloats.Inverse);
        for (var index = 0L; index < depth; index += T.Width)
        {
            T.Multiply(T.Load(query + index), factor).Store(target + index);
        }
    }

    /// <summary>Cell by cell, for all heads: what a cell holds of them lies side by side.</summary>
    private static void Score(GgmlTensor* node, (long First, long Count) heads, float* queries, in Sight sight, float* scores, long stride)
    {
        var key = (GgmlTensor*)node->src[1];
        var each = ((GgmlTensor*)node->src[0])->ne[2] / key->ne[2];
        var range = Range(key, heads, each);
        for (var at = 0; at < sight.Count; at += Together)
        {
            Fetch(key, range, sight, at + Ahead, Together);
            var cells = sight.Cells + at;
            byte* key0 = key->data + ((ulong)cells[0] * key->nb[1]),
                key1 = key->data + ((ulong)cells[1] * key->nb[1]),
                key2 = key->data + ((ulong)cells[2] * key->nb[1]),
                key3 = key->data + ((ulong)cells[3] * key->nb[1]);
            for (var head = 0L; head < heads.Count; head++)
            {
                var from = (ulong)((heads.First + head) / each) * key->nb[2];
                Multiply(
                        queries + (head * key->ne[0]),
                        (ushort*)(key0 + from),
                        (ushort*)(key1 + from),
                        (ushort*)(key2 + from),
                        (ushort*)(key3 + from),
                        key->ne[0]
                    )
                    .Store(scores + (head * stride) + at);
            }
        }
    }

    /// <returns>Bytes of a cell that some heads read.</returns>
    private static (ulong First, ulong End) Range(GgmlTensor* tensor, (long First, long Count) heads, long each) =>
        (
            (ulong)(heads.First / each) * tensor->nb[2],
            ((ulong)((heads.First + heads.Count - 1) / each) * tensor->nb[2]) + ((ulong)tensor->ne[0] * sizeof(ushort))
        );

    private static void Fetch(GgmlTensor* tensor, (ulong First, ulong End) range, in Sight sight, int at, int count)
    {
        for (var end = Math.Min(at + count, sight.Count); at < end; at++)
        {
            var cell = tensor->data + ((ulong)sight.Cells[at] * tensor->nb[1]);
            for (var offset = range.First; offset < range.End; offset += CacheLine)
            {
                Sse.Prefetch0(cell + offset);
            }
        }
    }

    private static Vector128<float> Multiply(float* query, ushort* key0, ushort* key1, ushort* key2, ushort* key3, long depth)
    {
        var q = T.Load(query);
        var (sum0, sum1) = (T.Multiply(q, T.LoadHalves(key0)), T.Multiply(q, T.LoadHalves(key1)));
        var (sum2, sum3) = (T.Multiply(q, T.LoadHalves(key2)), T.Multiply(q, T.LoadHalves(key3)));
        for (var index = (long)T.Width; index < depth; index += T.Width)
        {
            q = T.Load(query + index);
            sum0 = T.MultiplyAdd(q, T.LoadHalves(key0 + index), sum0);
            sum1 = T.MultiplyAdd(q, T.LoadHalves(key1 + index), sum1);
            sum2 = T.MultiplyAdd(q, T.LoadHalves(key2 + index), sum2);
            sum3 = T.MultiplyAdd(q, T.LoadHalves(key3 + index), sum3);
        }

        return T.Sums(sum0, sum1, sum2, sum3);
    }

    /// <summary>cap tanh(x), with tanh(x) = 1 - 2 / (e^2x + 1).</summary>
    private static void Cap(float* scores, int count, float cap)
    {
        var (one, two, most) = (T.Create(1), T.Create(2), T.Create(cap));
        for (var index = 0; index < count; index += T.Width)
        {
            var power = T.Exp(T.Multiply(two, T.Load(scores + index)));
            T.Multiply(most, T.Subtract(one, T.Divide(two, T.Add(power, one)))).Store(scores + index);
        }
    }

    private static void Bias(float* scores, ushort* mask, in Sight sight)
    {
        for (var index = 0; index < sight.Count; index++)
        {
            scores[index] += (float)BitConverter.UInt16BitsToHalf(mask[sight.Cells[index]]);
        }
    }

    /// <summary>Replaces scores by weights, relative to the largest, times <see cref="HalfFloats.Inverse"/>; what fills up the last vector gets none.</summary>
    /// <param name="sink">A score that takes its part of the weights and has no value.</param>
    /// <returns>The sum of the weights.</returns>
    private static float Softmax(float* scores, int count, float sink)
    {
        if (count == 0)
        {
            return 0;
        }

        new Span<float>(scores + count, T.Width).Fill(float.NegativeInfinity);
        var largest = T.Create(sink);
        for (var index = 0; index < count; index += T.Width)
        {
            largest = T.Max(largest, T.Load(scores + index));
        }

        var most = T.Largest(largest);
        var (shift, unit, total) = (T.Create(most), T.Create(HalfFloats.Inverse), default(T));
        for (var index = 0; index < count; index += T.Width)
        {
            var weight = T.Exp(T.Subtract(T.Load(scores + index), shift));
            total = T.Add(total, weight);
            T.Multiply(weight, unit).Store(scores + index);
        }

        return T.Sum(total) + MathF.Exp(sink - most);
    }

    /// <summary>Adds up values by their weights, those of every other cell apart: two sums of each head.</summary>
    private static void Collect(GgmlTensor* node, (long First, long Count) heads, float* weights, long stride, in Sight sight, float* parts)
    {
        var value = (GgmlTensor*)node->src[2];
        var each = ((GgmlTensor*)node->src[0])->ne[2] / value->ne[2];
        var depth = value->ne[0];
        var range = Range(value, heads, each);
        new Span<float>(parts, (int)(heads.Count * 2 * depth)).Clear();
        for (var first = 0; first < sight.Count; first += Block)
        {
            var count = Math.Min(Block, sight.Count - first);
            Fetch(value, range, sight, first + Block, Block);
            for (var head = 0L; head < heads.Count; head++)
            {
                var values = value->data + ((ulong)((heads.First + head) / each) * value->nb[2]);
                for (var index = 0L; index < depth; index += 2 * T.Width)
                {
                    Add(
                        (ushort*)values + index,
                        value->nb[1],
                        sight.Cells + first,
                        weights + (head * stride) + first,
                        count,
                        parts + (head * 2 * depth) + (2 * index)
                    );
                }
            }
        }
    }

    /// <summary>Adds two vectors of some cells to what comes of even and of odd ones.</summary>
    private static void Add(ushort* values, ulong stride, int* cells, float* weights, int count, float* sums)
    {
        var (even0, even1) = (T.Load(sums), T.Load(sums + T.Width));
        var (odd0, odd1) = (T.Load(sums + (2 * T.Width)), T.Load(sums + (3 * T.Width)));
        for (var at = 0; at < count; at += 2)
        {
            ushort* even = (ushort*)((byte*)values + ((ulong)cells[at] * stride)),
                odd = (ushort*)((byte*)values + ((ulong)cells[at + 1] * stride)); // past the end: the last cell once more, without weight
            T weight0 = T.Create(weights[at]),
                weight1 = T.Create(weights[at + 1]);
            even0 = T.MultiplyAdd(weight0, T.LoadHalves(even), even0);
            even1 = T.MultiplyAdd(weight0, T.LoadHalves(even + T.Width), even1);
            odd0 = T.MultiplyAdd(weight1, T.LoadHalves(odd), odd0);
            odd1 = T.MultiplyAdd(weight1, T.LoadHalves(odd + T.Width), odd1);
        }

        even0.Store(sums);
        even1.Store(sums + T.Width);
        odd0.Store(sums + (2 * T.Width));
        odd1.Store(sums + (3 * T.Width));
    }

    private static void Give(float* sums, long depth, float factor, float* target)
    {
        var scale = T.Create(factor);
        for (var index = 0L; index < depth; index += 2 * T.Width, sums += 4 * T.Width)
        {
            T.Multiply(T.Add(T.Load(sums), T.Load(sums + (2 * T.Width))), scale).Store(target + index);
            T.Multiply(T.Add(T.Load(sums + T.Width), T.Load(sums + (3 * T.Width))), scale).Store(target + index + T.Width);
        }
    }
}
