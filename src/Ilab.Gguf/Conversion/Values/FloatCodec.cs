using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Ilab.Gguf.Conversion.Values;

/// <summary>Floating-point numbers as bytes, little endian.</summary>
public static class FloatCodec
{
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
        var halves = MemoryMarshal.Cast<byte, ushort>(bytes);
        for (var index = 0; index < values.Length; index++)
        {
            values[index] = BitConverter.UInt32BitsToSingle((uint)halves[index] << 16);
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
        for (var index = 0; index < values.Length; index++)
        {
            var bits = BitConverter.SingleToUInt32Bits(values[index]);
            halves[index] = (ushort)(float.IsNaN(values[index]) ? (bits >> 16) | 0x40 : (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
        }
    }
}
