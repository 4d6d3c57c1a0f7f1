using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Sparse;

/// <summary>
/// DeepSeek V2 and V3: latent attention, for which the joint matrix of keys and values is taken apart and the part of the keys is transposed; routed and shared
/// experts after the first dense layers.
/// </summary>
internal static class Deepseek2
{
    private const string Joint = "kv*(qk_nope_head_dim+v_head_dim) kv_lora_rank";

    public static Family Family { get; } =
        new()
        {
            Architecture = "deepseek2",
            Classes = ["DeepseekV2ForCausalLM", "DeepseekV3ForCausalLM"],
            ModelType = "deepseek_v2",
            Defaults = """
                {"vocab_size": 32000, "hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 32, "num_attention_heads": 32,
                 "max_position_embeddings": 2048, "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "kv_lora_rank": 512, "qk_nope_head_dim": 128,
                 "qk_rope_head_dim": 64, "v_head_dim": 128, "moe_intermediate_size": 1407, "tie_word_embeddings": false, "hidden_act": "silu"}
                """,
            Measures = new Dictionary<string, string>
            {
                ["experts"] = "n_routed_experts",
                ["qkhead"] = "qk_nope_head_dim + qk_rope_head_dim",
                ["shared"] = "moe_intermediate_size * n_shared_experts",
            },
            Metadata =
            [
                .. Decoder.Settings,
                Setting.Fixed("attention.head_count_kv", 1u),
                new MetadataRule(
                    "leading_dense_block_count",
                    static (config, measures) =>
                        (uint)(config.Whole("first_k_dense_replace") ?? (config.Whole("n_routed_experts") is null ? measures.Of("layers") : 0))
                ),
                Setting.Length("vocab_size", "vocab"),
                Setting.Whole("attention.q_lora_rank", "q_lora_rank"),
                Setting.Length("attention.kv_lora_rank", "kv_lora_rank"),
                Setting.Length("attention.key_length", "kv_lora_rank + qk_rope_head_dim"),
                Setting.Length("attention.value_length", "kv_lora_rank"),
                Setting.Length("attention.key_length_mla", "qkhead"),
                Setting.Length("attention.value_length_mla", "v_head_dim"),
                Setting.Length("expert_feed_forward_length", "moe"),
                Setting.Of("expert_shared_count", static config => (uint)(config.Whole("n_shared_experts") ?? 0)),
                Setting.Number("expert_weights_scale", "routed_scaling_factor"),
                Setting.Of("expert_weights_norm", static config => config.Flag("norm_topk_prob") == true ? true : null),
                Setting.Length("rope.dimension_count", "qk_rope_head_dim"),
                Setting.Of("rope.scaling.yarn_log_multiplier", static config => (float?)(0.1 * config.Rope.Own("mscale_all_dim"))),
            ],
            Tensors = Decoder.Embeddings,
            Computation = new Computation
            {
                Turning = Turning.Neighbours,
                IsLatent = true,
                Experts = new ExpertRule(Normalizes: false),
            },
            LayerTensors =
            [
                .. Decoder.Norms,
                .. new[] { Tensor.Matrix("self_attn.q_proj", "attn_q", "heads*qkhead hidden") }.When(static (config, _) => config.Whole("q_lora_rank") is null),
                .. Compressed.When(static (config, _) => config.Whole("q_lora_rank") is not null),
                Tensor.Matrix("self_attn.kv_a_proj_with_mqa", "attn_kv_a_mqa", "kv_lora_rank+qk_rope_head_dim hidden"),
                Tensor.Norm("self_attn.kv_a_layernorm", "attn_kv_a_norm", "kv_lora_rank"),
                Tensor.Matrix("self_attn.kv_b_proj", "attn_k_b", Joint, ByHead, new Take("0", "qk_nope_head_dim", Axis: 1), new Transpose()),
                Tensor.Matrix("self_attn.kv_b_proj", "attn_v_b", Joint, ByHead, new Take("qk_nope_head_dim", "v_head_dim", Axis: 1)),
                Tensor.Matrix("self_attn.o_proj", "attn_output", "hidden heads*v_head_dim"),
                .. Decoder.GatedFeedForward.When(static (config, layer) => !HasExperts(config, layer)),
                .. Routed.When(HasExperts),
            ],
            Vocabulary = new VocabularyRules { Kind = VocabularyKind.BytePairs, PreTokenizers = ["deepseek-llm", "deepseek-v3"] },
            Activations = ["silu"],
        };

    private static Reshape ByHead => new("kv", "qk_nope_head_dim+v_head_dim", "kv_lora_rank");

    private static IEnumerable<TensorRule> Compressed =>
        [
            Tensor.Matrix("self_attn.q_a_proj", "attn_q_a", "q_lora_rank hidden"),
            Tensor.Norm("self_attn.q_a_layernorm", "attn_q_a_norm", "q_lora_rank"),
            Tensor.Matrix("self_attn.q_b_proj", "attn_q_b", "heads*qkhead q_lora_rank"),
        ];

    private static IEnumerable<TensorRule> Routed =>
        [
            .. Decoder.Experts,
            .. Decoder.FusedExperts,
            Tensor.Of("mlp.gate.e_score_correction_bias", "exp_probs_b.bias", "experts").Optional(),
            .. new[]
            {
                Tensor.Matrix("mlp.shared_experts.gate_proj", "ffn_gate_shexp", "shared hidden"),
                Tensor.Matrix("mlp.shared_experts.up_proj", "ffn_up_shexp", "shared hidden"),
                Tensor.Matrix("mlp.shared_experts.down_proj", "ffn_down_shexp", "hidden shared"),
            }.When(static (config, _) => config.Whole("n_shared_experts") > 0),
        ];

    private static bool HasExperts(ModelConfig config, int layer) =>
        config.Whole("n_routed_experts") > 0
        && layer >= (config.Whole("first_k_dense_replace") ?? 0)
        && layer % Math.Max(1, config.Whole("moe_layer_freq") ?? 1) == 0;
}
