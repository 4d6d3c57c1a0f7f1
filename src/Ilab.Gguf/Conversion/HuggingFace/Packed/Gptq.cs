using System.Text.Json;
using Ilab.Gguf.Json;
using Ilab.Gguf.Safetensors;

namespace Ilab.Gguf.Conversion.HuggingFace.Packed;

/// <summary>
/// GPTQ: the bits of the inputs one after the other in words (three bits may be in two of them), a scale and a zero for each group of inputs and output. The
/// stored zero is one too small at first.
/// </summary>
internal static class Gptq
{
    private const int WordBits = 32;

    public static bool Unpack(JsonElement settings, ShardSet shards)
    {
        var bits = settings.Find("bits").Int() ?? 4;
        var packed = shards.Names.Where(static name => name.EndsWith(".qweight", StringComparison.Ordinal)).ToArray();
        if (packed.Length > 0 && bits is not (2 or 3 or 4 or 8))
        {
            throw new ConversionException($"GPTQ with {bits} bits cannot be converted", "2, 3, 4 and 8 bits can", isUnsupported: true);
        }

        var offset = (settings.Find("checkpoint_format").Text() ?? "gptq") == "gptq" ? 1 : 0;
        var groupSize = settings.Find("group_size").Int() ?? -1;
        foreach (var name in packed)
        {
            var path = name[..^".qweight".Length];
            var weight = shards.Find(name)!;
            var zeros = PackedWeights.Beside(shards, weight, path + ".qzeros");
            var scales = PackedWeights.Beside(shards, weight, path + ".scales");
            var order = shards.Find(path + ".g_idx");
            shards.Replace([name, zeros.Name, scales.Name, path + ".g_idx"], Plain(path + ".weight", weight, zeros, scales, order, (bits, offset, groupSize)));
        }

        return packed.Length > 0;
    }

    private static SourceTensor Plain(
        string name,
        SourceTensor weight,
        SourceTensor zeros,
        SourceTensor scales,
        SourceTensor? order,
        (int Bits, int Offset, int GroupSize) form
    )
    {
        var bits = form.Bits;
        if (
            weight.Shape is not [var words, var outputs and > 0 and <= int.MaxValue]
            || scales.Shape is not [var groups and > 0, _]
            || scales.Shape[1] != outputs
            || outputs * bits % WordBits != 0
            || !zeros.Shape.SequenceEqual([groups, outputs * bits / WordBits])
            || words > int.MaxValue / WordBits
            || words * WordBits % bits != 0
            || (order is not null && !order.Shape.SequenceEqual([words * WordBits / bits]))
        )
        {
            throw ScaledBlocks.Misfit(weight, scales);
        }

        var inputs = (int)(words * WordBits / bits);
        var across = outputs * bits / WordBits;
        var size = form.GroupSize > 0 ? form.GroupSize : inputs;
        return new SourceTensor(
            name,
            SafetensorsType.F32,
            [outputs, inputs],
            weight.File,
            () =>
                new PackedRows<Parts>(
                    outputs,
                    inputs,
                    () =>
                        new Parts(
                            ScaledBlocks.Words(weight),
                            ScaledBlocks.Words(zeros),
                            ScaledBlocks.Values(scales),
                            order is null ? [.. Enumerable.Range(0, inputs).Select(input => input / size)] : Groups(order, groups)
                        ),
                    (parts, output, input) =>
                    {
                        var group = parts.Groups[input];
                        var code = Code(parts.Weight, output, outputs, (long)input * bits, bits);
                        var zero = Code(parts.Zeros, group * across, 1, output * bits, bits);
                        return parts.Scales[(group * outputs) + output] * (code - zero - form.Offset);
                    }
                )
        );
    }

    /// <param name="first">Place of the first word.</param>
    /// <param name="step">From one word to the next.</param>
    /// <param name="place">Of the lowest bit.</param>
    private static int Code(int[] words, long first, long step, long place, int bits)
    {
        var (at, shift) = (first + (place / WordBits * step), (int)(place % WordBits));
        var low = (uint)words[at] >> shift;
        var high = shift + bits > WordBits ? (uint)words[at + step] << (WordBits - shift) : 0;
        return (int)((low | high) & ((1u << bits) - 1));
    }

    private static int[] Groups(SourceTensor order, long count)
    {
        var groups = ScaledBlocks.Words(order);
        return groups.All(group => group >= 0 && group < count)
            ? groups
            : throw new ConversionException($"{order.File}: {order.Name} names groups that there are no scales for");
    }

    private sealed record Parts(int[] Weight, int[] Zeros, float[] Scales, int[] Groups);
}
