using System.Text.Json;
using Ilab.Gguf.Json;
using Ilab.Gguf.Safetensors;

namespace Ilab.Gguf.Conversion.HuggingFace.Packed;

/// <summary>AWQ: eight outputs in one word, even ones first; a scale and a zero for each group of inputs and output.</summary>
internal static class Awq
{
    private const int Bits = 4,
        Each = 8,
        Mask = 15;

    /// <summary>Where the outputs of a word lie in it.</summary>
    private static readonly int[] Places = [0, 4, 1, 5, 2, 6, 3, 7];

    public static bool Unpack(JsonElement settings, ShardSet shards)
    {
        var packed = shards.Names.Where(static name => name.EndsWith(".qweight", StringComparison.Ordinal)).ToArray();
        var version = settings.Find("version").Text()?.ToLowerInvariant() ?? "gemm";
        if (packed.Length > 0 && ((settings.Find("bits").Int() ?? Bits) != Bits || version != "gemm"))
        {
            throw new ConversionException(
                $"AWQ of the form {version} with {settings.Find("bits").Int() ?? Bits} bits cannot be converted",
                "gemm with 4 bits can",
                isUnsupported: true
            );
        }

        foreach (var name in packed)
        {
            var path = name[..^".qweight".Length];
            var weight = shards.Find(name)!;
            var scales = PackedWeights.Beside(shards, weight, path + ".scales");
            var zeros = shards.Find(path + ".qzeros");
            shards.Replace([name, scales.Name, path + ".qzeros"], Plain(path + ".weight", weight, zeros, scales));
        }

        return packed.Length > 0;
    }

    private static SourceTensor Plain(string name, SourceTensor weight, SourceTensor? zeros, SourceTensor scales)
    {
        if (
            weight.Shape is not [var inputs and > 0 and <= int.MaxValue, var words and > 0]
            || scales.Shape is not [var groups and > 0, var outputs]
            || outputs != words * Each
            || inputs % groups != 0
            || (zeros is not null && !zeros.Shape.SequenceEqual([groups, words]))
        )
        {
            throw ScaledBlocks.Misfit(weight, scales);
        }

        var size = inputs / groups;
        return new SourceTensor(
            name,
            SafetensorsType.F32,
            [outputs, inputs],
            weight.File,
            () =>
                new PackedRows<Parts>(
                    outputs,
                    (int)inputs,
                    () => new Parts(ScaledBlocks.Words(weight), zeros is null ? null : ScaledBlocks.Words(zeros), ScaledBlocks.Values(scales)),
                    (parts, output, input) =>
                    {
                        var (group, word, shift) = (input / size, output / Each, Places[output % Each] * Bits);
                        var code = (parts.Weight[(input * words) + word] >> shift) & Mask;
                        var zero = parts.Zeros is null ? Mask / 2 + 1 : (parts.Zeros[(group * words) + word] >> shift) & Mask;
                        return parts.Scales[(group * outputs) + output] * (code - zero);
                    }
                )
        );
    }

    private sealed record Parts(int[] Weight, int[]? Zeros, float[] Scales);
}
