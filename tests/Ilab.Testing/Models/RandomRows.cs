using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Ilab.Gguf;

namespace Ilab.Testing.Models;

/// <summary>
/// Random matrices in the types of a GGUF. Their values have the variance 1/columns, which keeps activations at their size from layer to layer.
/// </summary>
public static class RandomRows
{
    /// <summary>general.file_type of a model of such weights.</summary>
    public static uint FileType(GgmlType type) =>
        type switch
        {
            GgmlType.F32 => 0,
            GgmlType.F16 => 1,
            GgmlType.Q4_0 => 2,
            GgmlType.Q8_0 => 7,
            GgmlType.Q4_K => 15,
            GgmlType.Q6_K => 18,
            GgmlType.BF16 => 32,
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "no random weights of this type"),
        };

    /// <param name="columns">Whole blocks of the type.</param>
    /// <param name="zeroRow">This row is zero; -1 = none.</param>
    /// <param name="gain">All values are this many times as large.</param>
    public static void Write(Stream stream, GgmlType type, Random random, int columns, int rows, int zeroRow = -1, double gain = 1)
    {
        var row = new byte[GgmlTypes.Bytes(type, (ulong)columns)];
        var block = (int)GgmlTypes.Bytes(type, (ulong)GgmlTypes.BlockElements(type));
        for (var index = 0; index < rows; index++)
        {
            if (index == zeroRow)
            {
                Array.Clear(row);
            }
            else if (GgmlTypes.BlockElements(type) == 1)
            {
                FillFloats(row, type, random, columns, gain);
            }
            else
            {
                random.NextBytes(row);
                for (var start = 0; start < row.Length; start += block)
                {
                    Scale(row.AsSpan(start, block), type, gain / Math.Sqrt(columns), random);
                }
            }

            stream.Write(row);
        }
    }

    /// <summary>Gives a block of random bytes its scales.</summary>
    /// <param name="size">The standard deviation of its values.</param>
    private static void Scale(Span<byte> block, GgmlType type, double size, Random random)
    {
        const double DeviationOf16 = 4.61,
            DeviationOf64 = 18.5; // of whole numbers below that
        const byte Step = 8;
        switch (type)
        {
            case GgmlType.Q8_0:
                BinaryPrimitives.WriteHalfLittleEndian(block, (Half)(size * Math.Sqrt(3) / 127));
                break;
            case GgmlType.Q4_0:
                // From -8 to 7: what is too much on one side must be so on either, as in weights that were quantized.
                BinaryPrimitives.WriteHalfLittleEndian(block, (Half)(random.Next(2) == 0 ? size / DeviationOf16 : -size / DeviationOf16));
                break;
            case GgmlType.Q4_K:
                var scale = size / (Step * DeviationOf16);
                BinaryPrimitives.WriteHalfLittleEndian(block, (Half)scale);
                BinaryPrimitives.WriteHalfLittleEndian(block[2..], (Half)(scale * 7.5));
                block[4..12].Fill(Step);
                block[12..16].Fill(Step | (Step << 4));
                break;
            case GgmlType.Q6_K:
                block[192..208].Fill(Step);
                BinaryPrimitives.WriteHalfLittleEndian(block[208..], (Half)(size / (Step * DeviationOf64)));
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "no random weights of this type");
        }
    }

    private static void FillFloats(byte[] row, GgmlType type, Random random, int columns, double gain)
    {
        var limit = (float)(gain * Math.Sqrt(3.0 / columns));
        for (var column = 0; column < columns; column++)
        {
            var value = ((random.NextSingle() * 2) - 1) * limit;
            switch (type)
            {
                case GgmlType.F32:
                    MemoryMarshal.Cast<byte, float>(row.AsSpan())[column] = value;
                    break;
                case GgmlType.F16:
                    MemoryMarshal.Cast<byte, Half>(row.AsSpan())[column] = (Half)value;
                    break;
                default:
                    MemoryMarshal.Cast<byte, ushort>(row.AsSpan())[column] = (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16);
                    break;
            }
        }
    }
}
