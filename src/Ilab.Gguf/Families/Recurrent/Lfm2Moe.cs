using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Recurrent;

/// <summary>LFM2 with experts, each scored by itself with corrections; the first layers are dense.</summary>
internal static class Lfm2Moe
{
    private const uint Sigmoid = 2;

    public static Family Family { get; } =
        Lfm2.Family with
        {
            Architecture = "lfm2moe",
            Classes = ["Lfm2MoeForCausalLM"],
            ModelType = "lfm2_moe",
            Defaults = """
                {"vocab_size": 65536, "hidden_size": 2048, "intermediate_size": 7168, "moe_intermediate_size": 1792, "num_hidden_layers": 32,
                 "num_attention_heads": 32, "num_key_value_heads": 8, "max_position_embeddings": 128000, "norm_eps": 1e-5, "rope_theta": 1000000.0,
                 "conv_L_cache": 3, "num_dense_layers": 2, "num_experts": 32, "num_experts_per_tok": 4, "use_expert_bias": true, "norm_topk_prob": true,
                 "tie_word_embeddings": true}
                """,
            Measures = new Dictionary<string, string> { ["cache"] = "conv_L_cache" },
            LayerMeasures = null,
            Metadata =
            [
                .. Lfm2.Family.Metadata,
                Setting.Whole("feed_forward_length", "ff"),
                Setting.Length("expert_feed_forward_length", "moe_intermediate_size"),
                Setting.Whole("leading_dense_block_count", "num_dense_layers"),
                Setting.Fixed("expert_gating_func", Sigmoid),
            ],
            Back =
            [
                .. Lfm2.Family.Back!,
                Back.Of("block_auto_adjust_ff_dim", static _ => null),
                Back.Length("moe_intermediate_size", "expert_feed_forward_length"),
                Back.Whole("num_dense_layers", "leading_dense_block_count"),
                Back.Length("num_experts", "expert_count"),
                Back.Length("num_experts_per_tok", "expert_used_count"),
                Back.Of("use_expert_bias", static source => source.Has($"blk.{source.Layers - 1}.exp_probs_b.bias")),
                Back.Fixed("norm_topk_prob", true),
            ],
            LayerTensors =
            [
                Tensor.Norm("operator_norm", "attn_norm"),
                Tensor.Norm("ffn_norm", "ffn_norm"),
                .. Lfm2.Convolution.When(static (config, layer) => !Lfm2.HasAttention(config, layer)),
                .. Lfm2.Attention.When(Lfm2.HasAttention),
                .. Dense.When(static (config, layer) => !HasExperts(config, layer)),
                .. Routed.When(HasExperts),
            ],
            Warnings = static config => Decoder.WeightWarning(config, normalizes: true),
        };

    private static IEnumerable<TensorRule> Dense =>
        [
            Tensor.Matrix("feed_forward.w1", "ffn_gate", "ff hidden"),
            Tensor.Matrix("feed_forward.w3", "ffn_up", "ff hidden"),
            Tensor.Matrix("feed_forward.w2", "ffn_down", "hidden ff"),
        ];

    private static IEnumerable<TensorRule> Routed =>
        [
            Tensor.Matrix("feed_forward.gate", "ffn_gate_inp", "experts hidden"),
            Tensor.Of("feed_forward.expert_bias", "exp_probs_b.bias", "experts").Optional(),
            Tensor.Matrix("feed_forward.experts.{experts}.w1", "ffn_gate_exps", "moe hidden"),
            Tensor.Matrix("feed_forward.experts.{experts}.w3", "ffn_up_exps", "moe hidden"),
            Tensor.Matrix("feed_forward.experts.{experts}.w2", "ffn_down_exps", "hidden moe"),
            .. Decoder.FusedExperts.Select(static rule => rule with { Source = rule.Source.Replace("mlp.", "feed_forward.", StringComparison.Ordinal) }),
        ];

    private static bool HasExperts(ModelConfig config, int layer) => layer >= (config.Whole("num_dense_layers") ?? 0);
}
