using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ilab.Native.Llama.Ggml.Kernels;

/// <summary>A function of each number, and its derivative.</summary>
internal interface IPoint
{
    Vector512<float> Value(Vector512<float> x);

    Vector512<float> Slope(Vector512<float> x);
}

internal readonly struct Gelu : IPoint
{
    private const float Root = 1.5957691216f,
        Cubic = 0.044715f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Value(Vector512<float> x) => x * Sigmoid(x, x * x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Slope(Vector512<float> x)
    {
        var square = x * x;
        var s = Sigmoid(x, square);
        var inner = Vector512.FusedMultiplyAdd(square, Vector512.Create(3 * Root * Cubic), Vector512.Create(Root));
        return s * Vector512.FusedMultiplyAdd(x * inner, Vector512<float>.One - s, Vector512<float>.One);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Sigmoid(Vector512<float> x, Vector512<float> square) =>
        Lanes.Sigmoid(x * Vector512.FusedMultiplyAdd(square, Vector512.Create(Root * Cubic), Vector512.Create(Root)));
}

/// <summary>x times the share of a normal distribution below x.</summary>
internal readonly struct ExactGelu : IPoint
{
    private const float RootOfHalf = 0.70710678f,
        PeakOfNormal = 0.39894228f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Value(Vector512<float> x) => x * Below(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Slope(Vector512<float> x) => Vector512.FusedMultiplyAdd(x * PeakOfNormal, Lanes.Exp(x * x * Vector512.Create(-0.5f)), Below(x));

    // Half of erfc(|x| / sqrt(2)) is the share beyond |x|; nothing is subtracted from one where little is left.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Below(Vector512<float> x)
    {
        var beyond = Lanes.ComplementOfError(Vector512.Abs(x) * RootOfHalf) * 0.5f;
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<float>.Zero), beyond, Vector512<float>.One - beyond);
    }
}

internal readonly struct Logistic : IPoint
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Value(Vector512<float> x) => Lanes.Sigmoid(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Slope(Vector512<float> x)
    {
        var s = Lanes.Sigmoid(x);
        return s * (Vector512<float>.One - s);
    }
}

internal readonly struct SquaredRelu : IPoint
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Value(Vector512<float> x)
    {
        var above = Vector512.Max(x, Vector512<float>.Zero);
        return above * above;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Slope(Vector512<float> x) => Vector512.Max(x, Vector512<float>.Zero) * 2;
}

internal readonly struct SoftCap(float scale, float cap) : IPoint
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Value(Vector512<float> x) => Tanh(x) * cap;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Slope(Vector512<float> x)
    {
        var y = Tanh(x);
        return (Vector512<float>.One - (y * y)) * scale;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<float> Tanh(Vector512<float> x) => (Lanes.Sigmoid(x * (2 * scale / cap)) * 2) - Vector512<float>.One;
}

internal readonly struct Clamp(float bound) : IPoint
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Value(Vector512<float> x) => Vector512.Min(Vector512.Max(x, Vector512.Create(-bound)), Vector512.Create(bound));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Slope(Vector512<float> x) =>
        Vector512.ConditionalSelect(Vector512.LessThan(Vector512.Abs(x), Vector512.Create(bound)), Vector512<float>.One, Vector512<float>.Zero);
}

internal readonly struct Xielu(float below, float above, float linear) : IPoint
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Value(Vector512<float> x)
    {
        var curve = (Lanes.Exp(Vector512.Min(x, Vector512<float>.Zero)) - Vector512<float>.One - x) * below;
        return (x * linear) + Vector512.ConditionalSelect(Vector512.GreaterThan(x, Vector512<float>.Zero), x * x * above, curve);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Slope(Vector512<float> x)
    {
        var curve = (Lanes.Exp(Vector512.Min(x, Vector512<float>.Zero)) - Vector512<float>.One) * below;
        return Vector512.Create(linear) + Vector512.ConditionalSelect(Vector512.GreaterThan(x, Vector512<float>.Zero), x * (2 * above), curve);
    }
}
