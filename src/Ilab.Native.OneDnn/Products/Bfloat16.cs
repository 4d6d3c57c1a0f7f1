using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ilab.Native.OneDnn.Products;

/// <summary>The upper half of a float, rounded to nearest even; what is not a number stays so.</summary>
internal static unsafe class Bfloat16
{
    private const uint Infinity = 0x7f80_0000;
    private const uint Magnitude = 0x7fff_ffff;
    private const uint Quiet = 0x40_0000;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Convert(float* source, ushort* target, long count)
    {
        long index = 0;
        if (Avx512F.IsSupported)
        {
            for (; index + 16 <= count; index += 16)
            {
                Round(Vector512.Load(source + index)).Store(target + index);
            }
        }

        for (; index < count; index++)
        {
            target[index] = Of(source[index]);
        }
    }

    /// <summary>Sixteen at once; only with AVX-512.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ushort> Round(Vector512<float> values)
    {
        var bits = values.AsUInt32();
        var rounded = bits + Vector512.Create(0x7fffu) + ((bits >>> 16) & Vector512.Create(1u));
        var nan = Vector512.GreaterThan(bits & Vector512.Create(Magnitude), Vector512.Create(Infinity));
        rounded = Vector512.ConditionalSelect(nan, bits | Vector512.Create(Quiet), rounded);
        return Avx512F.ConvertToVector256UInt16(rounded >>> 16);
    }

    public static ushort Of(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)(((bits & Magnitude) > Infinity ? bits | Quiet : bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
    }

    public static float ToSingle(ushort value) => BitConverter.UInt32BitsToSingle((uint)value << 16);
}
