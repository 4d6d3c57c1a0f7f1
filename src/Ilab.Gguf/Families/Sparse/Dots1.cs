using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Dense;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Sparse;

/// <summary>dots.llm1: the attention of Qwen 3, the experts of DeepSeek V3.</summary>
internal static class Dots1
{
    public static Family Family { get; } =
        Qwen3.Family with
        {
            Architecture = "dots1",
            Classes = ["Dots1ForCausalLM"],
            ModelType = "dots1",
            Defaults = """
                {"vocab_size": 152064, "hidden_size": 4608, "intermediate_size": 10944, "num_hidden_layers": 62, "num_attention_heads": 32,
                 "num_key_value_heads": 32, "max_position_embeddings": 2048, "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "moe_intermediate_size": 1408,
                 "n_routed_experts": 128, "n_shared_experts": 2, "num_experts_per_tok": 6, "first_k_dense_replace": 1, "routed_scaling_factor": 1.0,
                 "norm_topk_prob": true, "n_group": 1, "topk_group": 1, "scoring_func": "sigmoid", "tie_word_embeddings": false, "hidden_act": "silu"}
                """,
            Measures = new Dictionary<string, string> { ["experts"] = "n_routed_experts", ["shared"] = "moe_intermediate_size * n_shared_experts" },
            Metadata =
            [
                .. Decoder.Settings,
                Setting.Whole("expert_feed_forward_length", "moe_intermediate_size"),
                Setting.Whole("leading_dense_block_count", "first_k_dense_replace"),
                Setting.Whole("expert_shared_count", "n_shared_experts"),
                Setting.Number("expert_weights_scale", "routed_scaling_factor"),
                Setting.Flag("expert_weights_norm", "norm_topk_prob"),
            ],
            Back =
            [
                .. Qwen3.Family.Back!,
                Back.Length("moe_intermediate_size", "expert_feed_forward_length"),
                Back.Length("n_routed_experts", "expert_count"),
                Back.Length("num_experts_per_tok", "expert_used_count"),
                Back.Whole("n_shared_experts", "expert_shared_count"),
                Back.Whole("first_k_dense_replace", "leading_dense_block_count"),
                Back.Whole("n_group", "expert_group_count"),
                Back.Whole("topk_group", "expert_group_used_count"),
                Back.Number("routed_scaling_factor", "expert_weights_scale", 1),
                Back.Of("norm_topk_prob", static source => source.Flag("expert_weights_norm") ?? true),
                Back.Fixed("scoring_func", "sigmoid"),
                Back.Fixed("topk_method", "noaux_tc"),
            ],
            Computation = null,
            Untrained = Untrained.Undescribed,
            LayerTensors =
            [
                .. Decoder.Norms,
                .. Decoder.Attention,
                .. Decoder.HeadNorms,
                .. Decoder.GatedFeedForward.When(static (config, layer) => !Glm4Moe.HasExperts(config, layer)),
                .. Glm4Moe.Routed.When(Glm4Moe.HasExperts),
            ],
            Warnings = Qwen2.Window,
            Check = static config =>
                config.Whole("num_key_value_heads") is { } shared && shared != config.Whole("num_attention_heads")
                    ? ["keys that heads share (num_key_value_heads) are not of this family's graph"]
                    : [],
        };
}
