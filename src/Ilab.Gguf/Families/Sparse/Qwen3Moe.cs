using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Dense;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Sparse;

/// <summary>Qwen 3 with experts.</summary>
internal static class Qwen3Moe
{
    public static Family Family { get; } =
        Qwen3.Family with
        {
            Architecture = "qwen3moe",
            Classes = ["Qwen3MoeForCausalLM"],
            ModelType = "qwen3_moe",
            Defaults = """
                {"vocab_size": 151936, "hidden_size": 2048, "intermediate_size": 6144, "num_hidden_layers": 24, "num_attention_heads": 32,
                 "num_key_value_heads": 4, "max_position_embeddings": 32768, "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "num_experts_per_tok": 8,
                 "num_experts": 128, "moe_intermediate_size": 768, "decoder_sparse_step": 1, "tie_word_embeddings": false, "hidden_act": "silu"}
                """,
            Metadata = [.. Decoder.Settings, Setting.Whole("expert_feed_forward_length", "moe_intermediate_size")],
            Back =
            [
                .. Decoder.Config,
                Back.Length("num_experts", "expert_count"),
                Back.Length("num_experts_per_tok", "expert_used_count"),
                Back.Length("moe_intermediate_size", "expert_feed_forward_length"),
                Back.Fixed("norm_topk_prob", true),
            ],
            Computation = new Computation { Experts = new ExpertRule(Normalizes: true) },
            Warnings = static config => [.. Qwen2.Window(config), .. Decoder.WeightWarning(config, normalizes: true)],
            LayerTensors = [.. Decoder.Norms, .. Decoder.Attention, .. Decoder.HeadNorms, .. Decoder.Experts, .. Decoder.FusedExperts],
        };
}
