using System.Numerics;
using System.Runtime.InteropServices;

namespace Ilab.Gguf.Conversion.Values;

/// <summary>Finds values that are no numbers.</summary>
internal static class NumberCheck
{
    private const ushort HalfExponent = 0x7C00,
        BrainExponent = 0x7F80,
        Magnitude = 0x7FFF;

    public static bool IsAnyNone(ReadOnlySpan<float> values)
    {
        var at = 0;
        for (; at <= values.Length - Vector<float>.Count; at += Vector<float>.Count)
        {
            var some = new Vector<float>(values[at..]);
            if (!Vector.EqualsAll(some, some))
            {
                return true;
            }
        }

        foreach (var value in values[at..])
        {
            if (float.IsNaN(value))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The same for values in a tensor type; types of blocks have no such values.</summary>
    public static bool IsAnyNone(GgmlType type, ReadOnlySpan<byte> bytes) =>
        type switch
        {
            GgmlType.F32 => IsAnyNone(MemoryMarshal.Cast<byte, float>(bytes)),
            GgmlType.F16 => IsAnyAbove(MemoryMarshal.Cast<byte, ushort>(bytes), HalfExponent),
            GgmlType.BF16 => IsAnyAbove(MemoryMarshal.Cast<byte, ushort>(bytes), BrainExponent),
            _ => false,
        };

    // Without the sign, what is above infinity is no number.
    private static bool IsAnyAbove(ReadOnlySpan<ushort> bits, ushort infinity)
    {
        var (mask, limit) = (new Vector<ushort>(Magnitude), new Vector<ushort>(infinity));
        var at = 0;
        for (; at <= bits.Length - Vector<ushort>.Count; at += Vector<ushort>.Count)
        {
            if (Vector.GreaterThanAny(new Vector<ushort>(bits[at..]) & mask, limit))
            {
                return true;
            }
        }

        foreach (var value in bits[at..])
        {
            if ((value & Magnitude) > infinity)
            {
                return true;
            }
        }

        return false;
    }
}
