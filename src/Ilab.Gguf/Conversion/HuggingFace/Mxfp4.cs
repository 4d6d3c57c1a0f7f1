using Ilab.Gguf.Conversion.Values;
using Ilab.Gguf.Description;
using Ilab.Gguf.Safetensors;

namespace Ilab.Gguf.Conversion.HuggingFace;

/// <summary>
/// MXFP4 as checkpoints have it (16 bytes of pairs of neighbours, scales in a tensor of their own) becomes ggml's blocks (the scale, then pairs of values that
/// are 16 apart). The numbers stay what they are.
/// </summary>
internal static class Mxfp4
{
    /// <summary>Values of a block.</summary>
    public const int Block = 32;

    private const int Pairs = 16,
        BlockBytes = 17;

    /// <exception cref="ConversionException">Scales are missing or of another shape.</exception>
    public static PlannedTensor Plan(TensorEntry entry, FamilyModel model, SourceTensor blocks, SourceTensor? scales, string source)
    {
        if (scales is null || blocks.Type != SafetensorsType.U8 || scales.Type != SafetensorsType.U8 || !scales.Shape.SequenceEqual(blocks.Shape.SkipLast(1)))
        {
            throw new ConversionException(
                $"{source}: its scales ({scales?.Name ?? entry.Rule.Scales}) are missing, or one of the two is not of bytes in the shape of the other"
            );
        }

        var each = entry.Shape[^2];
        var value = new TensorValue([.. entry.Shape[..^2], each * Block], new Blocks(blocks.Rows(), scales.Rows(), checked((int)each)), false);
        value = entry.Rule.Steps.Aggregate(value, (done, step) => TensorSteps.Apply(step, done, model, entry.Layer));
        return new PlannedTensor(entry.Target, value.Shape, GgmlType.MXFP4, value.Rows, source);
    }

    private sealed class Blocks(IRowSource codes, IRowSource scales, int each) : IRowSource
    {
        public long Rows => codes.Rows / each;

        public int Width => each * Block;

        public GgmlType? Stored => GgmlType.MXFP4;

        public void Read(long row, Span<float> values) => throw new NotSupportedException("blocks are copied, not computed with");

        public void ReadBytes(long row, Span<byte> bytes)
        {
            var count = bytes.Length / BlockBytes;
            var (packed, exponents) = (new byte[count * Pairs], new byte[count]);
            codes.ReadBytes(row * each, packed);
            scales.ReadBytes(row * each / scales.Width, exponents);
            for (var block = 0; block < count; block++)
            {
                var from = packed.AsSpan(block * Pairs, Pairs);
                var to = bytes.Slice(block * BlockBytes, BlockBytes);
                to[0] = exponents[block];
                for (var index = 0; index < Pairs; index++)
                {
                    to[1 + index] = (byte)(Code(from, index) | (Code(from, index + Pairs) << 4));
                }
            }
        }

        private static int Code(ReadOnlySpan<byte> packed, int index) => (packed[index / 2] >> (index % 2 * 4)) & 0xF;
    }
}
