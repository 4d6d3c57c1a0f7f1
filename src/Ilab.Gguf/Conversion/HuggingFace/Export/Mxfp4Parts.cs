using Ilab.Gguf.Conversion.Values;
using Ilab.Gguf.Description;

namespace Ilab.Gguf.Conversion.HuggingFace.Export;

/// <summary>
/// ggml's MXFP4 blocks as checkpoints have them: a tensor of codes and one of scales, byte for byte what they were before <see cref="Mxfp4"/>.
/// </summary>
internal static class Mxfp4Parts
{
    private const int Pairs = 16,
        BlockBytes = 17;

    /// <summary>What a config says of a model whose experts are packed.</summary>
    public static IReadOnlyDictionary<string, object?> Setting { get; } =
        new Dictionary<string, object?>
        {
            ["quant_method"] = "mxfp4",
            ["modules_to_not_convert"] = new[] { "model.layers.*.self_attn", "model.layers.*.mlp.router", "model.embed_tokens", "lm_head" },
        };

    /// <param name="made">All that came from one tensor of blocks, with the rows of their file.</param>
    public static IEnumerable<(string Name, long[] Shape, IRowSource Rows)> Of(IReadOnlyList<(TensorEntry Entry, IRowSource Rows)> made, FamilyModel model)
    {
        var entry = made[0].Entry;
        var blocks = checked((int)entry.Shape[^2]);
        var parts = made.Select(part =>
        {
            var bytes = part.Entry with { Shape = [.. part.Entry.Shape[..^2], blocks * BlockBytes] };
            return new MadeTensor(bytes, new TensorValue(TensorSteps.ShapeOf(bytes, model), new BytesOf(part.Rows, blocks * BlockBytes), IsHalf: false));
        });
        var rows = TensorUndo.Undo([.. parts], model).Single();
        var scales = entry.Sources[0][..^entry.Rule.Source.Length] + entry.Rule.Scales;
        return [(entry.Sources[0], entry.Shape, new Codes(rows, blocks)), (scales, entry.Shape[..^1], new Scales(rows, blocks))];
    }

    /// <summary>Stored bytes as values.</summary>
    private sealed class BytesOf(IRowSource inner, int width) : IRowSource
    {
        public long Rows => inner.Rows;

        public int Width => width;

        public void Read(long row, Span<float> values)
        {
            var bytes = new byte[values.Length];
            inner.ReadBytes(row, bytes);
            FloatCodec.FromU8(bytes, values);
        }
    }

    /// <summary>Sixteen bytes of pairs of neighbours for each block.</summary>
    private sealed class Codes(IRowSource stored, int blocks) : IRowSource
    {
        public long Rows => stored.Rows;

        public int Width => blocks * Pairs;

        public void Read(long row, Span<float> values)
        {
            var line = new float[blocks * BlockBytes];
            for (var done = 0; done < values.Length; done += Width, row++)
            {
                stored.Read(row, line);
                for (var place = 0; place < Width; place++)
                {
                    var block = line.AsSpan((place / Pairs * BlockBytes) + 1, Pairs);
                    var first = place % Pairs * 2;
                    values[done + place] = CodeOf(block, first) | (CodeOf(block, first + 1) << 4);
                }
            }
        }

        private static int CodeOf(ReadOnlySpan<float> block, int index) => index < Pairs ? (int)block[index] & 0xF : (int)block[index - Pairs] >> 4;
    }

    /// <summary>One byte for each block.</summary>
    private sealed class Scales(IRowSource stored, int blocks) : IRowSource
    {
        public long Rows => stored.Rows;

        public int Width => blocks;

        public void Read(long row, Span<float> values)
        {
            var line = new float[blocks * BlockBytes];
            for (var done = 0; done < values.Length; done += blocks, row++)
            {
                stored.Read(row, line);
                for (var block = 0; block < blocks; block++)
                {
                    values[done + block] = line[block * BlockBytes];
                }
            }
        }
    }
}
