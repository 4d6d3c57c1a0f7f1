using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Variants;

/// <summary>Hunyuan 0.5B to 7B: norms of the heads once they are turned; stretched positions are another base.</summary>
internal static class HunyuanDense
{
    public static Family Family { get; } =
        new()
        {
            Architecture = "hunyuan-dense",
            Classes = ["HunYuanDenseV1ForCausalLM"],
            ModelType = "hunyuan_v1_dense",
            Defaults = """
                {"vocab_size": 290943, "hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 32, "num_attention_heads": 32,
                 "max_position_embeddings": 2048, "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "tie_word_embeddings": false, "hidden_act": "silu"}
                """,
            Metadata =
            [
                .. Decoder.Settings,
                new MetadataRule("rope.freq_base", static (config, measures) => (float?)Base(config, measures)),
                Setting.Of("rope.scaling.type", static config => IsDynamic(config) ? "none" : null),
                Setting.Of("rope.scaling.factor", static config => IsDynamic(config) ? 1f : null),
                Setting.Of("rope.scaling.original_context_length", static config => IsDynamic(config) ? Long : null),
                Setting.Of("context_length", static config => IsDynamic(config) ? Long : (uint?)config.Whole("max_position_embeddings")),
            ],
            Tensors = Decoder.Embeddings,
            Back = [.. Decoder.Config, Decoder.SharedHeads, .. Decoder.BiasConfig],
            Untrained = Untrained.Undescribed,
            LayerTensors =
            [
                .. Decoder.Norms,
                .. Decoder.Attention,
                Tensor.Norm("self_attn.query_layernorm", "attn_q_norm", "head"),
                Tensor.Norm("self_attn.key_layernorm", "attn_k_norm", "head"),
                .. Decoder.GatedFeedForward,
            ],
            Vocabulary = new VocabularyRules { PreTokenizers = ["hunyuan-dense", "hunyuan"] },
            Activations = ["silu"],
        };

    private const uint Long = 256 * 1024;

    private static bool IsDynamic(ModelConfig config) => config.Rope.Kind is "dynamic" or "xdrope";

    // Neither of the known ways: one number makes the base larger.
    private static double? Base(ModelConfig config, Measures measures)
    {
        var head = (double)measures.Of("head");
        return !IsDynamic(config) || head <= 2 ? config.Rope.Base : (config.Rope.Base ?? 10_000) * Math.Pow(config.Rope.Own("alpha") ?? 50, head / (head - 2));
    }
}
