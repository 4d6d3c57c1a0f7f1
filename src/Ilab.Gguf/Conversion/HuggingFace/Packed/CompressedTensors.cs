using System.Text.Json;
using Ilab.Gguf.Json;
using Ilab.Gguf.Safetensors;

namespace Ilab.Gguf.Conversion.HuggingFace.Packed;

/// <summary>What llm-compressor saves: numbers of eight bits with a scale for each row or block, or packed numbers in groups.</summary>
internal static class CompressedTensors
{
    private const int WordBits = 32;
    private static readonly string[] Forms =
    [
        "float-quantized",
        "int-quantized",
        "naive-quantized",
        "pack-quantized",
        "nvfp4-pack-quantized",
        "mxfp4-pack-quantized",
        "mixed-precision",
    ];

    public static bool Unpack(JsonElement settings, ShardSet shards)
    {
        var format = settings.Find("format").Text() ?? "";
        JsonElement?[] all = settings.Find("config_groups") is { ValueKind: JsonValueKind.Object } groups
            ? [.. groups.EnumerateObject().Select(static group => (JsonElement?)group.Value)]
            : [];
        if (!Forms.Contains(format))
        {
            throw new ConversionException(
                $"compressed-tensors of the form {(format.Length > 0 ? format : "unknown")} cannot be converted",
                $"{string.Join(", ", Forms.SkipLast(1))} and {Forms[^1]} can",
                isUnsupported: true
            );
        }

        // Which matrix is packed in which way is seen by the tensors: one folder may have several ways.
        RemoveActivations(shards);
        var (isMicro, isPacked) = (MicroFloats.UnpackCompressed(shards), UnpackGroups(all, shards));
        return UnpackScaled([.. all.Select(static group => group.Find("weights"))], shards) || isMicro || isPacked;
    }

    /// <summary>
    /// What NVIDIA's ModelOpt saves: FP8 with one scale for each matrix, for each row or block, and NVFP4; one folder may have both.
    /// </summary>
    public static bool UnpackModelOpt(ShardSet shards)
    {
        RemoveActivations(shards);
        var isMicro = MicroFloats.UnpackModelOpt(shards);
        return UnpackScaled([], shards) || isMicro;
    }

    // How activations and the cache were scaled is of no use to plain numbers.
    private static void RemoveActivations(ShardSet shards)
    {
        foreach (var name in shards.Names.Where(IsOfActivations).ToArray())
        {
            shards.Remove(name);
        }
    }

    private static bool IsOfCache(string name) => name.EndsWith(".k_scale", StringComparison.Ordinal) || name.EndsWith(".v_scale", StringComparison.Ordinal);

    private static bool IsOfActivations(string name) =>
        name.EndsWith(".input_scale", StringComparison.Ordinal) || name.EndsWith(".input_global_scale", StringComparison.Ordinal) || IsOfCache(name);

    private static bool UnpackScaled(JsonElement?[] groups, ShardSet shards)
    {
        const string Scale = "_scale";
        var size = groups.FirstOrDefault().Find("block_structure").Items().Select(static item => ((JsonElement?)item).Int() ?? 0).ToArray();
        var scales = shards.Names.Where(static name => name.EndsWith(".weight_scale", StringComparison.Ordinal)).ToArray();
        foreach (var name in scales)
        {
            var tensor = shards.Find(name)!;
            var weight = PackedWeights.Beside(shards, tensor, name[..^Scale.Length]);
            if (weight.Type == SafetensorsType.U8)
            {
                PackedWeights.Beside(shards, weight, name + "_2"); // pairs of four bits have two kinds of scales
            }

            shards.Replace([name], ScaledBlocks.Of(weight, tensor, size is [> 0, > 0] ? (size[0], size[1]) : null));
        }

        return scales.Length > 0;
    }

    private static bool UnpackGroups(JsonElement?[] groups, ShardSet shards)
    {
        const string Packed = "_packed";
        // Groups of a mixed folder say their form; where they do not, there is one.
        var packing = groups.FirstOrDefault(static group => group.Find("format").Text() is null or "pack-quantized") ?? groups.FirstOrDefault();
        var bits = packing.Find("weights").Find("num_bits").Int() ?? 4;
        var packed = shards.Names.Where(static name => name.EndsWith(".weight" + Packed, StringComparison.Ordinal)).ToArray();
        if (packed.Length > 0 && bits is < 1 or > 8)
        {
            throw new ConversionException($"compressed-tensors packed with {bits} bits cannot be converted", "1 to 8 bits can", isUnsupported: true);
        }

        foreach (var name in packed)
        {
            var path = name[..^Packed.Length];
            var weight = shards.Find(name)!;
            var scales = PackedWeights.Beside(shards, weight, path + "_scale");
            var shape = PackedWeights.Beside(shards, weight, path + "_shape");
            var zeros = shards.Find(path + "_zero_point");
            shards.Replace([name, scales.Name, shape.Name, path + "_zero_point", path + "_g_idx"], Plain(path, weight, scales, shape, zeros, bits));
        }

        return packed.Length > 0;
    }

    private static SourceTensor Plain(string name, SourceTensor weight, SourceTensor scales, SourceTensor shape, SourceTensor? zeros, int bits)
    {
        var each = WordBits / bits;
        var lengths = ScaledBlocks.Words(shape);
        if (
            lengths is not [> 0 and var rows, > 0 and var columns]
            || weight.Shape is not [var height, var words]
            || height != rows
            || words != (columns + each - 1) / each
            || scales.Shape is not [var down, var groups and > 0]
            || down != rows
            || (zeros is not null && !zeros.Shape.SequenceEqual([(rows + each - 1) / each, groups]))
        )
        {
            throw ScaledBlocks.Misfit(weight, scales);
        }

        var (mask, size) = ((1 << bits) - 1, (columns + groups - 1) / groups);
        return new SourceTensor(
            name,
            SafetensorsType.F32,
            [rows, columns],
            weight.File,
            () =>
                new PackedRows<Parts>(
                    rows,
                    columns,
                    () => new Parts(ScaledBlocks.Words(weight), ScaledBlocks.Values(scales), zeros is null ? null : ScaledBlocks.Words(zeros)),
                    (parts, row, column) =>
                    {
                        var group = column / size;
                        var code = (parts.Weight[(row * words) + (column / each)] >> (column % each * bits)) & mask;
                        var zero = parts.Zeros is null ? 1 << (bits - 1) : (parts.Zeros[(row / each * groups) + group] >> ((int)(row % each) * bits)) & mask;
                        return (code - zero) * parts.Scales[(row * groups) + group];
                    }
                )
        );
    }

    private sealed record Parts(int[] Weight, float[] Scales, int[]? Zeros);
}
