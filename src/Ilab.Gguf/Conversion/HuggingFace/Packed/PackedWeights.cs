using Ilab.Gguf.Description;
using Ilab.Gguf.Json;
using Ilab.Gguf.Safetensors;

namespace Ilab.Gguf.Conversion.HuggingFace.Packed;

/// <summary>
/// Weights that are quantized already. What the config says how to, and what is known here, is worked out into plain numbers, each matrix when it is needed;
/// the rest is refused by name. The tensors decide, not what a config still says.
/// </summary>
internal static class PackedWeights
{
    /// <summary>Where NVIDIA's ModelOpt says how, beside a config that may say nothing.</summary>
    private const string ModelOptFile = "hf_quant_config.json";

    /// <summary>What quantizers store beside, or instead of, a matrix.</summary>
    private static readonly (string End, string Method)[] Traces =
    [
        (".qweight", "GPTQ or AWQ"),
        (".qzeros", "GPTQ or AWQ"),
        (".g_idx", "GPTQ"),
        (".weight.absmax", "bitsandbytes"),
        (".weight.quant_map", "bitsandbytes"),
        (".SCB", "bitsandbytes"),
        (".weight_packed", "compressed-tensors"),
        (".weight_scale", "compressed-tensors or FP8"),
        (".weight_scale_2", "NVFP4"),
        (".weight_global_scale", "NVFP4"),
        (".pre_quant_scale", "AWQ of ModelOpt"),
        (".weight_scale_inv", "FP8"),
        (".W_q", "HQQ"),
        (".weight._data", "Quanto"),
        (".codebooks", "AQLM"),
        (".biases", "MLX"),
    ];

    /// <exception cref="ConversionException">Packed in a way that is not known here, or parts of it are missing.</exception>
    public static void Unpack(SourceFolder folder, ModelConfig config, ShardSet shards)
    {
        using var beside = folder.ReadJson(ModelOptFile);
        var settings = config.FindSaid("quantization_config", "compression_config") ?? beside?.RootElement.Find("quantization");
        var said = settings.Find("quant_method").Text() ?? (settings.Find("quant_algo").Text() is null ? null : "modelopt");
        var before = shards.Names.Count;
        var isUnpacked = said switch
        {
            "fbgemm_fp8" => CompressedTensors.UnpackModelOpt(shards),
            "fp8" => Float8Blocks.Unpack(settings!.Value, shards),
            "gptq" => Gptq.Unpack(settings!.Value, shards),
            "awq" => Awq.Unpack(settings!.Value, shards),
            "bitsandbytes" => Bitsandbytes.Unpack(shards),
            "compressed-tensors" => CompressedTensors.Unpack(settings!.Value, shards),
            "modelopt" => CompressedTensors.UnpackModelOpt(shards),
            "mxfp4" => shards.Names.Any(static name => name.EndsWith("_blocks", StringComparison.Ordinal)),
            _ => false,
        };
        Refuse(shards, said);
        if (settings is not null && !isUnpacked && before == shards.Names.Count)
        {
            folder.Warn(
                $"{HuggingFaceConfig.FileName} says that the weights are quantized ({said ?? "no method"}), but they are plain numbers: converted as such"
            );
        }
    }

    /// <summary>The tensor that another one belongs to.</summary>
    /// <exception cref="ConversionException">It is missing.</exception>
    public static SourceTensor Beside(ShardSet shards, SourceTensor tensor, string name) =>
        shards.Find(name) ?? throw new ConversionException($"{tensor.File}: {tensor.Name} is there without {name}", "check that all files are there");

    private static void Refuse(ShardSet shards, string? said)
    {
        foreach (var name in shards.Names.Order(StringComparer.Ordinal))
        {
            var trace = Array.Find(Traces, trace => name.EndsWith(trace.End, StringComparison.Ordinal)).Method;
            var tensor = shards.Find(name)!;
            if (trace is not null || (IsPacked(tensor.Type) && name.EndsWith(".weight", StringComparison.Ordinal)))
            {
                throw new ConversionException(
                    $"the weights are quantized already ({said ?? trace ?? SafetensorsTypes.Name(tensor.Type)}): {name} holds {SafetensorsTypes.Name(tensor.Type)}",
                    "get the model in BF16, F16 or F32, and quantize it with 'ilab model quantize'",
                    isUnsupported: true
                );
            }
        }
    }

    private static bool IsPacked(SafetensorsType type) =>
        type is not (SafetensorsType.F64 or SafetensorsType.F32 or SafetensorsType.F16 or SafetensorsType.BF16 or SafetensorsType.Bool);
}
