using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Ilab.Gguf.Conversion.Values;

/// <summary>Floating-point numbers as bytes, little endian.</summary>
public static class FloatCodec
{
    /// <summary>BF16 is the upper half of F32.</summary>
    private const int Shift = 16;

    public static void FromF32(ReadOnlySpan<byte> bytes, Span<float> values) => MemoryMarshal.Cast<byte, float>(bytes).CopyTo(values);

    public static void FromF16(ReadOnlySpan<byte> bytes, Span<float> values)
    {
        var halves = MemoryMarshal.Cast<byte, Half>(bytes);
        for (var index = 0; index < values.Length; index++)
        {
            values[index] = (float)halves[index];
        }
    }

    public static void FromBF16(ReadOnlySpan<byte> bytes, Span<float> values)
    {
        var halves = MemoryMarshal.Cast<byte, ushort>(bytes)[..values.Length];
        var bits = MemoryMarshal.Cast<float, uint>(values);
        var at = 0;
        for (; at <= halves.Length - Vector<ushort>.Count; at += Vector<ushort>.Count)
        {
            Vector.Widen(new Vector<ushort>(halves[at..]), out var low, out var high);
            (low << Shift).CopyTo(bits[at..]);
            (high << Shift).CopyTo(bits[(at + Vector<uint>.Count)..]);
        }

        for (; at < values.Length; at++)
        {
            bits[at] = (uint)halves[at] << Shift;
        }
    }

    public static void FromF64(ReadOnlySpan<byte> bytes, Span<float> values)
    {
        for (var index = 0; index < values.Length; index++)
        {
            values[index] = (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes[(index * 8)..]);
        }
    }

    /// <summary>Whole numbers with a sign, as quantized checkpoints have them beside a scale.</summary>
    public static void FromI8(ReadOnlySpan<byte> bytes, Span<float> values)
    {
        for (var index = 0; index < values.Length; index++)
        {
            values[index] = (sbyte)bytes[index];
        }
    }

    /// <summary>Whole numbers without a sign.</summary>
    public static void FromU8(ReadOnlySpan<byte> bytes, Span<float> values)
    {
        for (var index = 0; index < values.Length; index++)
        {
            values[index] = bytes[index];
        }
    }

    public static void ToF32(ReadOnlySpan<float> values, Span<byte> bytes) => MemoryMarshal.AsBytes(values).CopyTo(bytes);

    public static void ToF16(ReadOnlySpan<float> values, Span<byte> bytes)
    {
        var halves = MemoryMarshal.Cast<byte, Half>(bytes);
        for (var index = 0; index < values.Length; index++)
        {
            halves[index] = (Half)values[index];
        }
    }

    /// <summary>Rounds to the nearest, ties to even; what is not a number stays so.</summary>
    public static void ToBF16(ReadOnlySpan<float> values, Span<byte> bytes)
    {
        var halves = MemoryMarshal.Cast<byte, ushort>(bytes);
        var bits = MemoryMarshal.Cast<float, uint>(values);
        var at = 0;
        if (!NumberCheck.IsAnyNone(values))
        {
            var (half, one) = (new Vector<uint>(0x7FFF), Vector<uint>.One);
            for (; at <= values.Length - Vector<ushort>.Count; at += Vector<ushort>.Count)
            {
                var (low, high) = (new Vector<uint>(bits[at..]), new Vector<uint>(bits[(at + Vector<uint>.Count)..]));
                low = (low + half + ((low >> Shift) & one)) >> Shift;
                high = (high + half + ((high >> Shift) & one)) >> Shift;
                Vector.Narrow(low, high).CopyTo(halves[at..]);
            }
        }

        for (; at < values.Length; at++)
        {
            halves[at] = (ushort)(float.IsNaN(values[at]) ? (bits[at] >> Shift) | 0x40 : (bits[at] + 0x7FFF + ((bits[at] >> Shift) & 1)) >> Shift);
        }
    }
}
