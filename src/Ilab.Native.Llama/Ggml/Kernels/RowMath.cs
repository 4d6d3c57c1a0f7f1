using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ilab.Native.Llama.Ggml.Kernels;

/// <summary>Per-row computations of <see cref="RowKernels"/>. Targets may alias a source.</summary>
internal static unsafe class RowMath
{
    private const int Width = Lanes.Width;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Dot(float* a, float* b, long count)
    {
        Vector512<float> even = default,
            odd = default;
        var index = 0L;
        for (; index + (2 * Width) <= count; index += 2 * Width)
        {
            even = Vector512.FusedMultiplyAdd(Vector512.Load(a + index), Vector512.Load(b + index), even);
            odd = Vector512.FusedMultiplyAdd(Vector512.Load(a + index + Width), Vector512.Load(b + index + Width), odd);
        }

        var sum = (double)Vector512.Sum(even + odd);
        for (; index < count; index++)
        {
            sum += a[index] * b[index];
        }

        return sum;
    }

    /// <summary>a * p + b * q.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Combine(float* a, float p, float* b, float q, float* target, long count)
    {
        var index = 0L;
        for (; index + Width <= count; index += Width)
        {
            Vector512.FusedMultiplyAdd(Vector512.Load(a + index), Vector512.Create(p), Vector512.Load(b + index) * q).Store(target + index);
        }

        for (; index < count; index++)
        {
            target[index] = (a[index] * p) + (b[index] * q);
        }
    }

    /// <summary>(a - less) * b * scale.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Weigh(float* a, float less, float* b, float scale, float* target, long count)
    {
        var index = 0L;
        for (; index + Width <= count; index += Width)
        {
            ((Vector512.Load(a + index) - Vector512.Create(less)) * (Vector512.Load(b + index) * scale)).Store(target + index);
        }

        for (; index < count; index++)
        {
            target[index] = (a[index] - less) * b[index] * scale;
        }
    }

    /// <summary>softmax(x * scale + mask).</summary>
    /// <param name="sink">One more number, which takes its share and is no result.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SoftMax(float* x, float* mask, float scale, float* target, long count, float sink = float.NegativeInfinity)
    {
        var end = Allowed(mask, count);
        var whole = end / Width * Width;
        var rest = (int)(end - whole);
        var most = Vector512.Create(float.NegativeInfinity);
        for (var index = 0L; index < whole; index += Width)
        {
            var value = Vector512.FusedMultiplyAdd(Vector512.Load(x + index), Vector512.Create(scale), Vector512.Load(mask + index));
            value.Store(target + index);
            most = Vector512.Max(most, value);
        }

        var last = Vector512.FusedMultiplyAdd(
            Lanes.LoadPart(x + whole, rest, 0),
            Vector512.Create(scale),
            Lanes.LoadPart(mask + whole, rest, float.NegativeInfinity)
        );
        var top = MathF.Max(Max(Vector512.Max(most, last)), sink);
        var largest = Vector512.Create(top);
        var sums = Vector512<float>.Zero;
        for (var index = 0L; index < whole; index += Width)
        {
            var power = Lanes.Exp(Vector512.Load(target + index) - largest);
            power.Store(target + index);
            sums += power;
        }

        last = Lanes.Exp(last - largest);
        var factor = 1 / (Vector512.Sum(sums + last) + MathF.Exp(sink - top));
        for (var index = 0L; index < whole; index += Width)
        {
            (Vector512.Load(target + index) * factor).Store(target + index);
        }

        Lanes.StorePart(last * factor, target + whole, rest);
        new Span<float>(target + end, (int)(count - end)).Clear();
    }

    /// <summary>Number of columns up to the last unmasked one.</summary>
    private static long Allowed(float* mask, long count)
    {
        while (count >= Width && Vector512.EqualsAll(Vector512.Load(mask + count - Width), Vector512.Create(float.NegativeInfinity)))
        {
            count -= Width;
        }

        while (count > 0 && float.IsNegativeInfinity(mask[count - 1]))
        {
            count--;
        }

        return count;
    }

    private static float Max(Vector512<float> values)
    {
        var half = Vector256.Max(values.GetLower(), values.GetUpper());
        var quarter = Vector128.Max(half.GetLower(), half.GetUpper());
        return MathF.Max(MathF.Max(quarter[0], quarter[1]), MathF.Max(quarter[2], quarter[3]));
    }
}
