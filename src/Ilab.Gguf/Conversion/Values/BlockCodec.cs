using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Ilab.Gguf.Conversion.Values;

/// <summary>The tensor types of GGUF that are read and written without the native library.</summary>
public static class BlockCodec
{
    private const int Block = 32;

    /// <summary>Numbers of four bits: a sign, two bits of exponent, one of mantissa.</summary>
    public static IReadOnlyList<float> FourBits { get; } = [0, 0.5f, 1, 1.5f, 2, 3, 4, 6, -0f, -0.5f, -1, -1.5f, -2, -3, -4, -6];

    /// <summary>What a byte stands for that is the exponent of a power of two.</summary>
    public static float PowerOf(byte exponent) => exponent == byte.MaxValue ? float.NaN : MathF.ScaleB(1, exponent - sbyte.MaxValue);

    /// <summary>Bytes to values; null for the types that only the native library knows.</summary>
    public static Action<ReadOnlySpan<byte>, Span<float>>? DecoderOf(GgmlType type) =>
        type switch
        {
            GgmlType.F32 => FloatCodec.FromF32,
            GgmlType.F16 => FloatCodec.FromF16,
            GgmlType.BF16 => FloatCodec.FromBF16,
            GgmlType.F64 => FloatCodec.FromF64,
            GgmlType.Q8_0 => FromQ8,
            GgmlType.Q4_0 => FromQ4,
            GgmlType.MXFP4 => FromMxfp4,
            _ => null,
        };

    /// <summary>Values to bytes; null for the types that only the native library makes.</summary>
    public static Action<ReadOnlySpan<float>, Span<byte>>? EncoderOf(GgmlType type) =>
        type switch
        {
            GgmlType.F32 => FloatCodec.ToF32,
            GgmlType.F16 => FloatCodec.ToF16,
            GgmlType.BF16 => FloatCodec.ToBF16,
            GgmlType.Q8_0 => ToQ8,
            _ => null,
        };

    private static void FromQ8(ReadOnlySpan<byte> bytes, Span<float> values)
    {
        const int BlockBytes = Block + 2;
        for (var block = 0; block < values.Length / Block; block++)
        {
            var source = bytes.Slice(block * BlockBytes, BlockBytes);
            var scale = (float)BinaryPrimitives.ReadHalfLittleEndian(source);
            for (var index = 0; index < Block; index++)
            {
                values[(block * Block) + index] = (sbyte)source[2 + index] * scale;
            }
        }
    }

    private static void FromMxfp4(ReadOnlySpan<byte> bytes, Span<float> values)
    {
        const int BlockBytes = (Block / 2) + 1;
        for (var block = 0; block < values.Length / Block; block++)
        {
            var source = bytes.Slice(block * BlockBytes, BlockBytes);
            var scale = PowerOf(source[0]);
            for (var index = 0; index < Block / 2; index++)
            {
                values[(block * Block) + index] = FourBits[source[1 + index] & 15] * scale;
                values[(block * Block) + index + (Block / 2)] = FourBits[source[1 + index] >> 4] * scale;
            }
        }
    }

    private static void FromQ4(ReadOnlySpan<byte> bytes, Span<float> values)
    {
        const int BlockBytes = (Block / 2) + 2;
        for (var block = 0; block < values.Length / Block; block++)
        {
            var source = bytes.Slice(block * BlockBytes, BlockBytes);
            var scale = (float)BinaryPrimitives.ReadHalfLittleEndian(source);
            for (var index = 0; index < Block / 2; index++)
            {
                values[(block * Block) + index] = ((source[2 + index] & 15) - 8) * scale;
                values[(block * Block) + index + (Block / 2)] = ((source[2 + index] >> 4) - 8) * scale;
            }
        }
    }

    /// <summary>As ggml's reference does it: scale = largest / 127, rounded half away from zero. Values are finite.</summary>
    private static void ToQ8(ReadOnlySpan<float> values, Span<byte> bytes)
    {
        const int BlockBytes = Block + 2;
        for (var block = 0; block < values.Length / Block; block++)
        {
            ref var source = ref MemoryMarshal.GetReference(values.Slice(block * Block, Block));
            var (first, second) = (Vector256.LoadUnsafe(ref source), Vector256.LoadUnsafe(ref source, 8));
            var (third, fourth) = (Vector256.LoadUnsafe(ref source, 16), Vector256.LoadUnsafe(ref source, 24));
            var most = Vector256.Max(Vector256.Max(Vector256.Abs(first), Vector256.Abs(second)), Vector256.Max(Vector256.Abs(third), Vector256.Abs(fourth)));
            var largest = 0f;
            for (var lane = 0; lane < Vector256<float>.Count; lane++)
            {
                largest = Math.Max(largest, most.GetElement(lane));
            }

            var scale = largest / 127;
            var inverse = Vector256.Create(scale != 0 ? 1 / scale : 0);
            var target = bytes.Slice(block * BlockBytes, BlockBytes);
            BinaryPrimitives.WriteHalfLittleEndian(target, (Half)scale);
            var low = Vector256.Narrow(Rounded(first * inverse), Rounded(second * inverse));
            var high = Vector256.Narrow(Rounded(third * inverse), Rounded(fourth * inverse));
            Vector256.Narrow(low, high).AsByte().CopyTo(target[2..]);
        }
    }

    // Half away from zero: the whole part, and one more when twice the rest is at least one.
    private static Vector256<int> Rounded(Vector256<float> values)
    {
        var size = Vector256.Abs(values);
        var whole = Vector256.Floor(size);
        var rounded = Vector256.ConvertToInt32(whole + Vector256.Floor((size - whole) * 2));
        var sign = Vector256.LessThan(values, Vector256<float>.Zero).AsInt32();
        return (rounded ^ sign) - sign;
    }
}
