using System.Buffers.Binary;

namespace Ilab.Native.OneDnn.Coded;

/// <summary>
/// Weights of ggml's types whose blocks of 32 share a scale and perhaps a smallest value, as codes of 8 bits: weight = scale * (code - offset) + minimum. No
/// digit is lost.
/// </summary>
internal static unsafe class BlockCodes
{
    /// <summary>Weights that share a scale.</summary>
    public const int Block = 32;

    private const int Q4 = 2,
        Q4Minimum = 3,
        Q5 = 6,
        Q5Minimum = 7,
        Q8 = 8,
        Q4K = 12,
        Q5K = 13;
    private const int SuperBlock = 256;

    public static bool Knows(int type) => type is Q4 or Q4Minimum or Q5 or Q5Minimum or Q8 or Q4K or Q5K;

    /// <summary>With fewer rows than these, no products of floats are faster.</summary>
    public const long FewestOfFloats = 32;

    /// <summary>Rows from which on products of codes are faster than ggml's: of one row, types of 4 and 5 bits read fewer bytes than codes have.</summary>
    public static long FewestRows(int type) => type == Q8 ? 1 : 2;

    /// <summary>What is taken off each code.</summary>
    public static int Offset(int type) =>
        type switch
        {
            Q4 => 8,
            Q5 => 16,
            Q8 => 128,
            _ => 0,
        };

    /// <summary>Whether blocks have a smallest value.</summary>
    public static bool HasMinimum(int type) => type is Q4Minimum or Q5Minimum or Q4K or Q5K;

    /// <summary>Elements of a block of the type: rows consist of whole ones.</summary>
    public static int Elements(int type) => type is Q4K or Q5K ? SuperBlock : Block;

    /// <param name="row">A row of weights as the file has it.</param>
    /// <param name="type">ggml's number of the type.</param>
    /// <param name="index">Which 32 of its weights.</param>
    /// <param name="codes">Receives 32 codes.</param>
    /// <returns>Scale and smallest value.</returns>
    public static (float Scale, float Minimum) Read(byte* row, int type, long index, Span<byte> codes)
    {
        switch (type)
        {
            case Q8:
                var q8 = row + (index * 34);
                for (var element = 0; element < Block; element++)
                {
                    codes[element] = (byte)(q8[2 + element] ^ 0x80);
                }

                return (Half(q8), 0);
            case Q4:
                Nibbles(row + (index * 18) + 2, codes);
                return (Half(row + (index * 18)), 0);
            case Q4Minimum:
                Nibbles(row + (index * 20) + 4, codes);
                return (Half(row + (index * 20)), Half(row + (index * 20) + 2));
            case Q5:
                Nibbles(row + (index * 22) + 6, codes);
                AddFifth(row + (index * 22) + 2, codes);
                return (Half(row + (index * 22)), 0);
            case Q5Minimum:
                Nibbles(row + (index * 24) + 8, codes);
                AddFifth(row + (index * 24) + 4, codes);
                return (Half(row + (index * 24)), Half(row + (index * 24) + 2));
            case Q4K:
                return Part(row + (index / 8 * 144), 16, null, (int)(index % 8), codes);
            default:
                var q5 = row + (index / 8 * 176);
                return Part(q5, 48, q5 + 16, (int)(index % 8), codes);
        }
    }

    private static float Half(byte* source) => (float)BinaryPrimitives.ReadHalfLittleEndian(new ReadOnlySpan<byte>(source, 2));

    /// <summary>The low halves of 16 bytes, then the high ones.</summary>
    private static void Nibbles(byte* source, Span<byte> codes)
    {
        for (var element = 0; element < Block / 2; element++)
        {
            codes[element] = (byte)(source[element] & 15);
            codes[element + (Block / 2)] = (byte)(source[element] >> 4);
        }
    }

    private static void AddFifth(byte* bits, Span<byte> codes)
    {
        var all = BinaryPrimitives.ReadUInt32LittleEndian(new ReadOnlySpan<byte>(bits, 4));
        for (var element = 0; element < Block; element++)
        {
            codes[element] |= (byte)(((all >> element) & 1) << 4);
        }
    }

    /// <summary>One of the eight parts of a block of 256, whose scales and minima have 6 bits.</summary>
    /// <param name="block">Two halves, twelve bytes of scales, then the codes at <paramref name="start"/>.</param>
    /// <param name="fifth">The fifth bits of the codes; null = they have four.</param>
    private static (float Scale, float Minimum) Part(byte* block, int start, byte* fifth, int part, Span<byte> codes)
    {
        var packed = block + 4;
        var (scale, minimum) =
            part < 4
                ? (packed[part] & 63, packed[part + 4] & 63)
                : ((packed[part + 4] & 15) | ((packed[part - 4] >> 6) << 4), (packed[part + 4] >> 4) | ((packed[part] >> 6) << 4));
        var source = block + start + (part / 2 * Block);
        for (var element = 0; element < Block; element++)
        {
            var code = part % 2 == 0 ? source[element] & 15 : source[element] >> 4;
            codes[element] = (byte)(code | (fifth != null ? ((fifth[element] >> part) & 1) << 4 : 0));
        }

        return (Half(block) * scale, -Half(block + 2) * minimum);
    }
}
