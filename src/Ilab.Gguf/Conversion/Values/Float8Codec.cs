namespace Ilab.Gguf.Conversion.Values;

/// <summary>Floating-point numbers of eight bits.</summary>
public static class Float8Codec
{
    private static readonly float[] E4M3 = [.. Enumerable.Range(0, 256).Select(static bits => Value((byte)bits, 3, 7, isFinite: true))];
    private static readonly float[] E5M2 = [.. Enumerable.Range(0, 256).Select(static bits => Value((byte)bits, 2, 15, isFinite: false))];

    /// <summary>Four bits of exponent; 0x7F and 0xFF are no number, there is no infinity.</summary>
    public static void FromE4M3(ReadOnlySpan<byte> bytes, Span<float> values) => Look(E4M3, bytes, values);

    /// <summary>Five bits of exponent, with infinities.</summary>
    public static void FromE5M2(ReadOnlySpan<byte> bytes, Span<float> values) => Look(E5M2, bytes, values);

    private static void Look(float[] table, ReadOnlySpan<byte> bytes, Span<float> values)
    {
        for (var index = 0; index < values.Length; index++)
        {
            values[index] = table[bytes[index]];
        }
    }

    private static float Value(byte bits, int mantissaBits, int bias, bool isFinite)
    {
        var sign = (bits & 0x80) != 0 ? -1f : 1f;
        var exponent = (bits & 0x7F) >> mantissaBits;
        var mantissa = bits & ((1 << mantissaBits) - 1);
        var isLargest = exponent == (0x7F >> mantissaBits);
        if (isFinite ? (bits & 0x7F) == 0x7F : isLargest && mantissa != 0)
        {
            return float.NaN;
        }

        return !isFinite && isLargest ? sign * float.PositiveInfinity
            : exponent == 0 ? sign * MathF.ScaleB(mantissa, 1 - bias - mantissaBits)
            : sign * MathF.ScaleB((1 << mantissaBits) + mantissa, exponent - bias - mantissaBits);
    }
}
