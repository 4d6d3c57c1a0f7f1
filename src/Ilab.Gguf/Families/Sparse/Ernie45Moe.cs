using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Dense;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Sparse;

/// <summary>ERNIE 4.5 with experts: the first layers dense, corrections of the router, shared experts in one.</summary>
internal static class Ernie45Moe
{
    public static Family Family { get; } =
        Ernie45.Family with
        {
            Architecture = "ernie4_5-moe",
            Classes = ["Ernie4_5_MoeForCausalLM"],
            ModelType = "ernie4_5_moe",
            Defaults = """
                {"vocab_size": 103424, "hidden_size": 2560, "intermediate_size": 12288, "num_hidden_layers": 28, "num_attention_heads": 20,
                 "num_key_value_heads": 4, "max_position_embeddings": 131072, "rms_norm_eps": 1e-5, "rope_theta": 500000.0,
                 "moe_intermediate_size": 1536, "moe_k": 6, "moe_num_experts": 64, "moe_num_shared_experts": 2, "moe_layer_start_index": 1,
                 "moe_layer_interval": 1, "tie_word_embeddings": true, "hidden_act": "silu"}
                """,
            Measures = new Dictionary<string, string> { ["experts"] = "moe_num_experts", ["shared"] = "moe_intermediate_size * moe_num_shared_experts" },
            Metadata =
            [
                .. Decoder.Settings,
                Setting.Length("expert_count", "experts"),
                Setting.Length("expert_used_count", "moe_k"),
                Setting.Whole("interleave_moe_layer_step", "moe_layer_interval"),
                Setting.Whole("leading_dense_block_count", "moe_layer_start_index"),
                Setting.Whole("expert_feed_forward_length", "moe_intermediate_size"),
                Setting.Whole("expert_shared_count", "moe_num_shared_experts"),
                Setting.Of("expert_shared_feed_forward_length", SharedLength),
            ],
            Back =
            [
                .. Ernie45.Family.Back!,
                Back.Of("head_dim", static _ => null),
                Back.Length("moe_num_experts", "expert_count"),
                Back.Length("moe_k", "expert_used_count"),
                Back.Whole("moe_layer_interval", "interleave_moe_layer_step"),
                Back.Whole("moe_layer_start_index", "leading_dense_block_count"),
                Back.Of("moe_layer_end_index", static source => source.Layers - 1),
                Back.Length("moe_intermediate_size", "expert_feed_forward_length"),
                Back.Of("moe_num_shared_experts", static source => source.Whole("expert_shared_count") ?? 0),
            ],
            Computation = Ernie45.Family.Computation! with { Experts = new ExpertRule(Normalizes: true) },
            LayerTensors =
            [
                .. Decoder.Norms,
                .. Decoder.Attention,
                .. Decoder.GatedFeedForward.When(static (config, layer) => !HasExperts(config, layer)),
                .. Routed.When(HasExperts),
            ],
            Ignored = ["model.mtp_block.*", "model.mtp_emb_norm.*", "model.mtp_hidden_norm.*", "model.mtp_linear_proj.*"],
        };

    private static IEnumerable<TensorRule> Routed =>
        [
            .. Decoder.Experts,
            .. Decoder.FusedExperts,
            Tensor.Of("mlp.moe_statics.e_score_correction_bias", "exp_probs_b.bias", "1 experts").Optional(),
            .. new[]
            {
                Tensor.Matrix("mlp.shared_experts.gate_proj", "ffn_gate_shexp", "shared hidden"),
                Tensor.Matrix("mlp.shared_experts.up_proj", "ffn_up_shexp", "shared hidden"),
                Tensor.Matrix("mlp.shared_experts.down_proj", "ffn_down_shexp", "hidden shared"),
            }.Select(static rule => rule.Optional()),
        ];

    private static bool HasExperts(ModelConfig config, int layer) =>
        layer >= (config.Whole("moe_layer_start_index") ?? 0)
        && layer <= (config.FindSaid("moe_layer_end_index") is not null && config.Whole("moe_layer_end_index") is { } end and >= 0 ? end : long.MaxValue)
        && (layer + 1) % Math.Max(1, config.Whole("moe_layer_interval") ?? 1) == 0;

    private static object? SharedLength(ModelConfig config) =>
        config.Whole("moe_intermediate_size") is { } length && config.Whole("moe_num_shared_experts") is { } count and > 0 ? (uint)(length * count) : null;
}
