using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ilab.Native.Llama.Attention;

/// <summary>Floats that are computed together, as many as a processor's vector holds.</summary>
internal unsafe interface IFloats<T>
    where T : struct, IFloats<T>
{
    static abstract int Width { get; }

    static abstract T Create(float value);

    static abstract T Load(float* source);

    /// <summary>Halves, each times <see cref="HalfFloats.Unit"/>: moving their bits is all that is done. Infinities become numbers.</summary>
    static abstract T LoadHalves(ushort* source);

    static abstract T MultiplyAdd(T left, T right, T addend);

    static abstract T Add(T left, T right);

    static abstract T Subtract(T left, T right);

    static abstract T Multiply(T left, T right);

    static abstract T Divide(T left, T right);

    static abstract T Max(T left, T right);

    static abstract T Exp(T values);

    static abstract float Sum(T values);

    static abstract float Largest(T values);

    /// <summary>The sums of four.</summary>
    static abstract Vector128<float> Sums(T first, T second, T third, T fourth);

    void Store(float* target);
}

/// <summary>How halves are read.</summary>
internal static class HalfFloats
{
    /// <summary>2^-112: exponents of halves begin so much lower.</summary>
    public const float Unit = 1.92592994438723585305597794258492732e-34f;

    /// <summary>2^112.</summary>
    public const float Inverse = 5192296858534827628530496329220096f;

    /// <summary>All bits of a half that was widened with its sign and moved to a float's place, but those between the sign and the exponent.</summary>
    public const int Bits = unchecked((int)0x8fffffff);

    public const int Shift = 13;
}

/// <summary>Sixteen floats.</summary>
internal readonly unsafe struct WideFloats(Vector512<float> values) : IFloats<WideFloats>
{
    private readonly Vector512<float> _values = values;

    public static int Width => 16;

    public static bool IsSupported => Avx512F.IsSupported && NarrowFloats.IsSupported;

    public static WideFloats Create(float value) => new(Vector512.Create(value));

    public static WideFloats Load(float* source) => new(Vector512.Load(source));

    public static WideFloats LoadHalves(ushort* source) =>
        new(((Avx512F.ConvertToVector512Int32(Vector256.Load((short*)source)) << HalfFloats.Shift) & Vector512.Create(HalfFloats.Bits)).AsSingle());

    public static WideFloats MultiplyAdd(WideFloats left, WideFloats right, WideFloats addend) =>
        new(Avx512F.FusedMultiplyAdd(left._values, right._values, addend._values));

    public static WideFloats Add(WideFloats left, WideFloats right) => new(left._values + right._values);

    public static WideFloats Subtract(WideFloats left, WideFloats right) => new(left._values - right._values);

    public static WideFloats Multiply(WideFloats left, WideFloats right) => new(left._values * right._values);

    public static WideFloats Divide(WideFloats left, WideFloats right) => new(left._values / right._values);

    public static WideFloats Max(WideFloats left, WideFloats right) => new(Avx512F.Max(left._values, right._values));

    public static WideFloats Exp(WideFloats values) => new(Vector512.Exp(values._values));

    public static float Sum(WideFloats values) => NarrowFloats.Sum(values.Halved());

    public static float Largest(WideFloats values) => NarrowFloats.Largest(new NarrowFloats(Avx.Max(values._values.GetLower(), values._values.GetUpper())));

    public static Vector128<float> Sums(WideFloats first, WideFloats second, WideFloats third, WideFloats fourth) =>
        NarrowFloats.Sums(first.Halved(), second.Halved(), third.Halved(), fourth.Halved());

    public void Store(float* target) => _values.Store(target);

    private NarrowFloats Halved() => new(_values.GetLower() + _values.GetUpper());
}

/// <summary>Eight floats.</summary>
internal readonly unsafe struct NarrowFloats(Vector256<float> values) : IFloats<NarrowFloats>
{
    private readonly Vector256<float> _values = values;

    public static int Width => 8;

    public static bool IsSupported => Avx2.IsSupported && Fma.IsSupported;

    public static NarrowFloats Create(float value) => new(Vector256.Create(value));

    public static NarrowFloats Load(float* source) => new(Vector256.Load(source));

    public static NarrowFloats LoadHalves(ushort* source) =>
        new(((Avx2.ConvertToVector256Int32(Vector128.Load((short*)source)) << HalfFloats.Shift) & Vector256.Create(HalfFloats.Bits)).AsSingle());

    public static NarrowFloats MultiplyAdd(NarrowFloats left, NarrowFloats right, NarrowFloats addend) =>
        new(Fma.MultiplyAdd(left._values, right._values, addend._values));

    public static NarrowFloats Add(NarrowFloats left, NarrowFloats right) => new(left._values + right._values);

    public static NarrowFloats Subtract(NarrowFloats left, NarrowFloats right) => new(left._values - right._values);

    public static NarrowFloats Multiply(NarrowFloats left, NarrowFloats right) => new(left._values * right._values);

    public static NarrowFloats Divide(NarrowFloats left, NarrowFloats right) => new(left._values / right._values);

    public static NarrowFloats Max(NarrowFloats left, NarrowFloats right) => new(Avx.Max(left._values, right._values));

    public static NarrowFloats Exp(NarrowFloats values) => new(Vector256.Exp(values._values));

    public static float Sum(NarrowFloats values) => Vector256.Sum(values._values);

    public static float Largest(NarrowFloats values)
    {
        var half = Sse.Max(values._values.GetLower(), values._values.GetUpper());
        var pair = Sse.Max(half, Vector128.Shuffle(half, Vector128.Create(2, 3, 0, 1)));
        return MathF.Max(pair[0], pair[1]);
    }

    public static Vector128<float> Sums(NarrowFloats first, NarrowFloats second, NarrowFloats third, NarrowFloats fourth)
    {
        var sums = Avx.HorizontalAdd(Avx.HorizontalAdd(first._values, second._values), Avx.HorizontalAdd(third._values, fourth._values));
        return sums.GetLower() + sums.GetUpper();
    }

    public void Store(float* target) => _values.Store(target);
}
