using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ilab.Native.Llama.Ggml.Kernels;

/// <summary>Arithmetic on sixteen floats at a time, with whatever vector width the processor has.</summary>
internal static unsafe class Lanes
{
    public const int Width = 16;

    private const float Least = -87,
        Most = 88,
        Log2E = 1.442695041f,
        Log2High = 0.693359375f,
        Log2Low = -2.12194440e-4f;
    private const int Bias = 127,
        MantissaBits = 23;

    /// <summary>e^x with seven digits of precision; zero below e^-87, NaN if x is NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        var within = Vector512.Min(Vector512.Max(x, Vector512.Create(Least)), Vector512.Create(Most));
        var power = Vector512.Round(within * Log2E);
        var rest = Vector512.FusedMultiplyAdd(power, Vector512.Create(-Log2High), within);
        rest = Vector512.FusedMultiplyAdd(power, Vector512.Create(-Log2Low), rest);
        var sum = Vector512.Create(1f / 720);
        sum = Vector512.FusedMultiplyAdd(sum, rest, Vector512.Create(1f / 120));
        sum = Vector512.FusedMultiplyAdd(sum, rest, Vector512.Create(1f / 24));
        sum = Vector512.FusedMultiplyAdd(sum, rest, Vector512.Create(1f / 6));
        sum = Vector512.FusedMultiplyAdd(sum, rest, Vector512.Create(0.5f));
        sum = Vector512.FusedMultiplyAdd(sum, rest, Vector512<float>.One);
        sum = Vector512.FusedMultiplyAdd(sum, rest, Vector512<float>.One);
        var scale = ((Vector512.ConvertToInt32Native(power) + Vector512.Create(Bias)) << MantissaBits).AsSingle();
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512.Create(Least)), Vector512<float>.Zero, sum * scale);
    }

    /// <summary>1 / (1 + e^-x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Sigmoid(Vector512<float> x) => Vector512<float>.One / (Vector512<float>.One + Exp(-x));

    /// <summary>erfc(x) of what is not negative, with seven digits of precision: a polynomial of 1 / (1 + x / 2) in the exponent.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> ComplementOfError(Vector512<float> x)
    {
        var t = Vector512<float>.One / Vector512.FusedMultiplyAdd(x, Vector512.Create(0.5f), Vector512<float>.One);
        var sum = Vector512.Create(0.17087277f);
        sum = Vector512.FusedMultiplyAdd(sum, t, Vector512.Create(-0.82215223f));
        sum = Vector512.FusedMultiplyAdd(sum, t, Vector512.Create(1.48851587f));
        sum = Vector512.FusedMultiplyAdd(sum, t, Vector512.Create(-1.13520398f));
        sum = Vector512.FusedMultiplyAdd(sum, t, Vector512.Create(0.27886807f));
        sum = Vector512.FusedMultiplyAdd(sum, t, Vector512.Create(-0.18628806f));
        sum = Vector512.FusedMultiplyAdd(sum, t, Vector512.Create(0.09678418f));
        sum = Vector512.FusedMultiplyAdd(sum, t, Vector512.Create(0.37409196f));
        sum = Vector512.FusedMultiplyAdd(sum, t, Vector512.Create(1.00002368f));
        sum = Vector512.FusedMultiplyAdd(sum, t, Vector512.Create(-1.26551223f));
        return t * Exp(Vector512.FusedMultiplyAdd(-x, x, sum));
    }

    /// <summary>Loads the first numbers of a partial vector; the others are set to <paramref name="rest"/>.</summary>
    public static Vector512<float> LoadPart(float* source, int count, float rest)
    {
        var whole = stackalloc float[Width];
        for (var index = 0; index < Width; index++)
        {
            whole[index] = index < count ? source[index] : rest;
        }

        return Vector512.Load(whole);
    }

    public static void StorePart(Vector512<float> values, float* target, int count)
    {
        var whole = stackalloc float[Width];
        values.Store(whole);
        Unsafe.CopyBlockUnaligned(target, whole, (uint)(count * sizeof(float)));
    }
}
