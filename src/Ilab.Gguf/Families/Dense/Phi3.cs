using System.Text.Json;
using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Dense;

/// <summary>Phi 3, 3.5 and 4: fused projections; long texts by factors for each frequency. A window of 0 tells Phi 4 apart in the engine.</summary>
internal static class Phi3
{
    public static Family Family { get; } =
        new()
        {
            Architecture = "phi3",
            Classes = ["Phi3ForCausalLM"],
            ModelType = "phi3",
            Defaults = """
                {"vocab_size": 32064, "hidden_size": 3072, "intermediate_size": 8192, "num_hidden_layers": 32, "num_attention_heads": 32,
                 "max_position_embeddings": 4096, "original_max_position_embeddings": 4096, "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
                 "partial_rotary_factor": 1.0, "tie_word_embeddings": false, "hidden_act": "silu"}
                """,
            Measures = new Dictionary<string, string> { ["head"] = "hidden / heads" },
            Metadata =
            [
                Setting.Of("rope.scaling.attn_factor", AttentionFactor),
                Setting.Length("context_length", "max_position_embeddings"),
                Setting.Of("rope.scaling.original_context_length", static config => (uint?)config.Rope.OriginalContext),
                Setting.Length("embedding_length", "hidden"),
                Setting.Length("feed_forward_length", "ff"),
                Setting.Length("block_count", "layers"),
                Setting.Length("attention.head_count", "heads"),
                Setting.Length("attention.head_count_kv", "kv"),
                Setting.Number("attention.layer_norm_rms_epsilon", "rms_norm_eps"),
                new MetadataRule("rope.dimension_count", static (config, measures) => (uint)Turning(config, measures)),
                Setting.Of("rope.freq_base", static config => (float?)config.Rope.Base),
                Setting.Of("attention.sliding_window", static config => (uint)(config.Whole("sliding_window") ?? 0)),
            ],
            Tensors = Decoder.Embeddings,
            Back =
            [
                .. Decoder.Config,
                Back.Of("head_dim", static _ => null),
                Back.Of("sliding_window", static source => source.Whole("attention.sliding_window") is > 0 and var window ? window : null),
                Back.PartOfHead("partial_rotary_factor", "rope.dimension_count"),
                Back.Whole("original_max_position_embeddings", "rope.scaling.original_context_length"),
                Back.Of("rope_scaling", Scaling),
            ],
            IgnoresWindows = true,
            Computation = new Computation { Windows = new WindowRule(0) { Stretches = true } },
            LayerTensors =
            [
                .. Decoder.Norms,
                Tensor.Matrix("self_attn.qkv_proj", "attn_qkv", "q+2*k hidden"),
                Tensor.Matrix("self_attn.o_proj", "attn_output", "hidden q"),
                Tensor.Matrix("mlp.gate_up_proj", "ffn_up", "2*ff hidden"),
                Tensor.Matrix("mlp.down_proj", "ffn_down", "hidden ff"),
            ],
            Computed =
            [
                new ComputedTensor("rope_factors_long.weight", static (config, measures) => Factors(config, measures, "long_factor")),
                new ComputedTensor("rope_factors_short.weight", static (config, measures) => Factors(config, measures, "short_factor")),
            ],
            Vocabulary = new VocabularyRules { TakesAddedTokens = true, PreTokenizers = ["dbrx"] },
            Activations = ["silu"],
            Warnings = Decoder.WindowWarning,
        };

    private static long Turning(ModelConfig config, Measures measures) =>
        (long)((config.Rope.PartialFactor ?? 1) * measures.Of("hidden")) / Math.Max(1, measures.Of("heads"));

    /// <summary>One of the lists of factors of a config; null = it has none.</summary>
    public static float[]? Factors(ModelConfig config, Measures measures, string key)
    {
        if (config.Rope.Find(key) is not { ValueKind: JsonValueKind.Array } list)
        {
            return null;
        }

        var factors = list.EnumerateArray().Select(static item => item.TryGetSingle(out var factor) ? factor : float.NaN).ToArray();
        var turning = Turning(config, measures);
        if (factors.Length != turning / 2 || factors.Any(static factor => !float.IsFinite(factor)))
        {
            config.Report($"{key} has {factors.Length} numbers, {turning / 2} are due");
        }

        return factors;
    }

    private static object? AttentionFactor(ModelConfig config)
    {
        if (
            config.Rope.Find("long_factor") is null
            || config.Whole("max_position_embeddings") is not { } longest
            || config.Rope.OriginalContext is not { } original
        )
        {
            return null;
        }

        var scale = (double)longest / original;
        return scale <= 1 ? 1f
            : config.Rope.Kind == "yarn" ? (float)((0.1 * Math.Log(scale)) + 1)
            : (float)Math.Sqrt(1 + (Math.Log(scale) / Math.Log(original)));
    }

    // Older versions of transformers take three keys and no other.
    public static Dictionary<string, object?>? Scaling(GgufSource source) =>
        source.Floats("rope_factors_long.weight") is not { } longer
            ? null
            : new Dictionary<string, object?>
            {
                ["type"] = "longrope",
                ["long_factor"] = longer,
                ["short_factor"] = source.Floats("rope_factors_short.weight"),
            };
}
