using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ilab.Native.OneDnn.Products;

/// <summary>Arithmetic on sixteen floats at a time; of use only where <see cref="IsSupported"/>.</summary>
internal static unsafe class Vectors
{
    public const int Width = 16;

    public static bool IsSupported => Avx512F.IsSupported;

    /// <summary>Sixteen halves as floats. An infinity becomes 65536, which is as good for a mask.</summary>
    public static Vector512<float> FromHalf(ushort* source)
    {
        var bits = Avx512F.ConvertToVector512UInt32(Vector256.Load(source));
        var magnitude = ((bits & Vector512.Create(0x7fffu)) << 13).AsSingle() * Vector512.Create(BitConverter.UInt32BitsToSingle((127u + 112) << 23));
        return (magnitude.AsUInt32() | ((bits & Vector512.Create(0x8000u)) << 16)).AsSingle();
    }

    /// <summary>Writes sixteen values as a product wants them; what they are is a number.</summary>
    public static void Store(Vector512<float> values, void* target, long index, Precision precision)
    {
        if (precision == Precision.Single)
        {
            values.Store((float*)target + index);
            return;
        }

        var bits = values.AsUInt32();
        var rounded = bits + Vector512.Create(0x7fffu) + ((bits >>> 16) & Vector512.Create(1u));
        Avx512F.ConvertToVector256UInt16(rounded >>> 16).Store((ushort*)target + index);
    }

    /// <summary>e^x for x of at most 0, to seven digits.</summary>
    public static Vector512<float> Exp(Vector512<float> x)
    {
        var power = Avx512F.RoundScale(x * Vector512.Create(1.442695041f), 0);
        var rest = Vector512.FusedMultiplyAdd(power, Vector512.Create(-0.693359375f), x);
        rest = Vector512.FusedMultiplyAdd(power, Vector512.Create(2.12194440e-4f), rest);
        var sum = Vector512.Create(1f / 720);
        sum = Vector512.FusedMultiplyAdd(sum, rest, Vector512.Create(1f / 120));
        sum = Vector512.FusedMultiplyAdd(sum, rest, Vector512.Create(1f / 24));
        sum = Vector512.FusedMultiplyAdd(sum, rest, Vector512.Create(1f / 6));
        sum = Vector512.FusedMultiplyAdd(sum, rest, Vector512.Create(0.5f));
        sum = Vector512.FusedMultiplyAdd(sum, rest, Vector512.Create(1f));
        sum = Vector512.FusedMultiplyAdd(sum, rest, Vector512.Create(1f));
        return Avx512F.Scale(sum, power);
    }

    public static float Max(Vector512<float> values)
    {
        var half = Vector256.Max(values.GetLower(), values.GetUpper());
        var quarter = Vector128.Max(half.GetLower(), half.GetUpper());
        var pair = Vector128.Max(quarter, Vector128.Shuffle(quarter, Vector128.Create(2, 3, 0, 1)));
        return MathF.Max(pair[0], pair[1]);
    }
}
