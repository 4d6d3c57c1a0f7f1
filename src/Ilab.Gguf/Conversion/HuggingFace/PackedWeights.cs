using System.Text.Json;
using Ilab.Gguf.Safetensors;

namespace Ilab.Gguf.Conversion.HuggingFace;

/// <summary>Weights that are quantized already: the tensors decide, not what a config still says.</summary>
internal static class PackedWeights
{
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
        (".weight_scale_inv", "FP8"),
        (".W_q", "HQQ"),
        (".weight._data", "Quanto"),
        (".codebooks", "AQLM"),
        (".biases", "MLX"),
    ];

    /// <summary>Refuses packed weights by name; warns if only the config calls them quantized.</summary>
    /// <param name="config">The config's <c>quantization_config</c>, or null.</param>
    /// <exception cref="ConversionException">Some tensor holds packed numbers.</exception>
    public static void Refuse(SourceFolder folder, ShardSet shards, JsonElement? config)
    {
        var said = config.Find("quant_method").Text() ?? config.Find("quant_algo").Text();
        foreach (var name in shards.Names.Order(StringComparer.Ordinal))
        {
            var trace = Array.Find(Traces, trace => name.EndsWith(trace.End, StringComparison.Ordinal)).Method;
            var type = shards.Find(name)!.Type;
            if (trace is not null || (IsPacked(type) && name.EndsWith(".weight", StringComparison.Ordinal)))
            {
                throw new ConversionException(
                    $"the weights are quantized already ({said ?? trace ?? SafetensorsTypes.Name(type)}): {name} holds {SafetensorsTypes.Name(type)}",
                    "get the model in BF16, F16 or F32, and quantize it with 'ilab model quantize'",
                    isUnsupported: true
                );
            }
        }

        if (config is not null)
        {
            folder.Warn(
                $"{HuggingFaceConfig.FileName} says that the weights are quantized ({said ?? "no method"}), but they are plain numbers: converted as such"
            );
        }
    }

    private static bool IsPacked(SafetensorsType type) =>
        type is not (SafetensorsType.F64 or SafetensorsType.F32 or SafetensorsType.F16 or SafetensorsType.BF16 or SafetensorsType.Bool);
}
