using Ilab.Gguf.Conversion.Values;
using Ilab.Gguf.Safetensors;

namespace Ilab.Gguf.Conversion.HuggingFace.Packed;

/// <summary>
/// Floating-point numbers of four bits (a sign, two bits of exponent, one of mantissa), neighbours in a byte, the first in the lower half. NVFP4 has a scale of
/// eight bits for each sixteen of them, and one number for the whole matrix; MXFP4 a power of two for each thirty-two.
/// </summary>
internal static class MicroFloats
{
    /// <summary>NVIDIA's ModelOpt: <c>weight_scale</c> times <c>weight_scale_2</c>.</summary>
    /// <returns>Whether there were any.</returns>
    public static bool UnpackModelOpt(ShardSet shards)
    {
        const string Whole = "_scale_2";
        var factors = shards.Names.Where(static name => name.EndsWith(".weight" + Whole, StringComparison.Ordinal)).ToArray();
        foreach (var name in factors)
        {
            var (factor, path) = (shards.Find(name)!, name[..^Whole.Length]);
            var weight = PackedWeights.Beside(shards, factor, path);
            var scales = PackedWeights.Beside(shards, factor, path + "_scale");
            if (shards.Find(path[..^".weight".Length] + ".pre_quant_scale") is { } other)
            {
                throw new ConversionException(
                    $"{other.File}: {other.Name} scales what the matrix is multiplied by, which plain numbers cannot say",
                    "get the model in another form",
                    isUnsupported: true
                );
            }

            shards.Replace([name, scales.Name], Plain(path, weight, scales, new Factor(factor, IsDivisor: false)));
        }

        return factors.Length > 0;
    }

    /// <summary>llm-compressor: <c>weight_scale</c> divided by <c>weight_global_scale</c>, or exponents of powers of two.</summary>
    /// <inheritdoc cref="UnpackModelOpt"/>
    public static bool UnpackCompressed(ShardSet shards)
    {
        const string Packed = "_packed";
        var packed = shards.Names.Where(name => name.EndsWith(".weight" + Packed, StringComparison.Ordinal) && IsBytes(shards.Find(name)!)).ToArray();
        foreach (var name in packed)
        {
            var (weight, path) = (shards.Find(name)!, name[..^Packed.Length]);
            var scales = PackedWeights.Beside(shards, weight, path + "_scale");
            var whole = path + "_global_scale";
            var factor = IsBytes(scales) ? null : new Factor(PackedWeights.Beside(shards, weight, whole), IsDivisor: true);
            shards.Replace([name, scales.Name, whole], Plain(path, weight, scales, factor));
        }

        return packed.Length > 0;
    }

    private static bool IsBytes(SourceTensor tensor) => tensor.Type == SafetensorsType.U8;

    /// <param name="factor">Null = scales are exponents.</param>
    private static SourceTensor Plain(string name, SourceTensor weight, SourceTensor scales, Factor? factor)
    {
        const int Each = 2;
        var size = factor is null ? 32 : 16;
        if (
            weight.Shape.Count < 2
            || !IsBytes(weight)
            || weight.Shape[^1] is <= 0 or > int.MaxValue / Each
            || weight.Shape[^1] * Each % size != 0
            || !scales.Shape.SequenceEqual([.. weight.Shape.SkipLast(1), weight.Shape[^1] * Each / size])
            || (factor is not null && scales.Type != SafetensorsType.F8E4M3)
        )
        {
            throw ScaledBlocks.Misfit(weight, scales);
        }

        if (factor?.Tensor.Shape.Any(static length => length != 1) == true)
        {
            throw ScaledBlocks.Misfit(weight, factor.Tensor);
        }

        var width = (int)weight.Shape[^1] * Each;
        var (bytes, groups) = (weight.Shape[^1], width / size);
        return new SourceTensor(
            name,
            SafetensorsType.F32,
            [.. weight.Shape.SkipLast(1), width],
            weight.File,
            () =>
                new PackedRows<Parts>(
                    weight.Shape.SkipLast(1).Aggregate(1L, static (product, length) => checked(product * length)),
                    width,
                    () => new Parts(ScaledBlocks.Bytes(weight), ScalesOf(scales, factor)),
                    (parts, row, column) =>
                        BlockCodec.FourBits[(parts.Codes[(row * bytes) + (column / Each)] >> (column % Each * 4)) & 0xF]
                        * parts.Scales[(row * groups) + (column / size)]
                )
        );
    }

    private static float[] ScalesOf(SourceTensor scales, Factor? factor)
    {
        if (factor is null)
        {
            return Array.ConvertAll(ScaledBlocks.Bytes(scales), BlockCodec.PowerOf);
        }

        var number = ScaledBlocks.Values(factor.Tensor)[0];
        return Array.ConvertAll(ScaledBlocks.Values(scales), scale => factor.IsDivisor ? scale / number : scale * number);
    }

    /// <summary>The number of a whole matrix.</summary>
    private sealed record Factor(SourceTensor Tensor, bool IsDivisor);

    private sealed record Parts(byte[] Codes, float[] Scales);
}
