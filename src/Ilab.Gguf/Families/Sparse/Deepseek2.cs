using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Sparse;

/// <summary>
/// DeepSeek V2: latent attention, for which the joint matrix of keys and values is taken apart and the part of the keys is transposed; routed and shared
/// experts after the first dense layers.
/// </summary>
internal static class Deepseek2
{
    private const string Gating = "expert_gating_func";
    private const int Softmax = 1,
        Sigmoid = 2,
        Lite = 27;
    private const string Joint = "kv*(qk_nope_head_dim+v_head_dim) kv_lora_rank";

    public static Family Family { get; } =
        new()
        {
            Architecture = "deepseek2",
            Classes = ["DeepseekV2ForCausalLM"],
            ModelType = "deepseek_v2",
            Defaults = """
                {"vocab_size": 32000, "hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 32, "num_attention_heads": 32,
                 "max_position_embeddings": 2048, "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "q_lora_rank": 1536, "kv_lora_rank": 512,
                 "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128, "moe_intermediate_size": 1407, "n_routed_experts": 64,
                 "n_shared_experts": 2, "first_k_dense_replace": 0, "routed_scaling_factor": 1.0, "norm_topk_prob": false,
                 "topk_method": "greedy", "tie_word_embeddings": false, "hidden_act": "silu"}
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
                Setting.Of("expert_group_count", static config => IsOfGroups(config) ? (uint?)config.Whole("n_group") : null),
                Setting.Of("expert_group_used_count", static config => IsOfGroups(config) ? (uint?)config.Whole("topk_group") : null),
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
            Back =
            [
                .. Decoder.Config,
                Back.Of("architectures", static source => (string[])[IsSigmoid(source) ? "DeepseekV3ForCausalLM" : "DeepseekV2ForCausalLM"]),
                Back.Of("model_type", static source => IsSigmoid(source) ? "deepseek_v3" : "deepseek_v2"),
                Back.Of("num_key_value_heads", static source => source.Required("attention.head_count")),
                Back.Of("head_dim", static _ => null),
                Back.Of("q_lora_rank", static source => source.Whole("attention.q_lora_rank") ?? Back.Null),
                Back.Length("kv_lora_rank", "attention.kv_lora_rank"),
                Back.Length("qk_rope_head_dim", "rope.dimension_count"),
                Back.Of("qk_nope_head_dim", static source => source.Required("attention.key_length_mla") - source.Required("rope.dimension_count")),
                Back.Length("v_head_dim", "attention.value_length_mla"),
                Back.Length("first_k_dense_replace", "leading_dense_block_count"),
                Back.Length("moe_intermediate_size", "expert_feed_forward_length"),
                Back.Length("n_routed_experts", "expert_count"),
                Back.Whole("n_shared_experts", "expert_shared_count"),
                Back.Whole("num_experts_per_tok", "expert_used_count"),
                Back.Whole("n_group", "expert_group_count"),
                Back.Whole("topk_group", "expert_group_used_count"),
                Back.Of("topk_method", MethodOf),
                Back.Of("scoring_func", ScoringOf),
                Back.Of("norm_topk_prob", static source => source.Flag("expert_weights_norm") ?? false),
                Back.Number("routed_scaling_factor", "expert_weights_scale", 1),
                Back.Fixed("moe_layer_freq", 1),
                Back.Fixed("rope_interleave", true),
                Back.Of("rope_scaling", Stretching),
            ],
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
            Warnings = Differences,
        };

    /// <summary>What the engine does otherwise.</summary>
    public static IEnumerable<string> Differences(ModelConfig config)
    {
        var scale = config.Rope.Own("mscale_all_dim");
        if (config.Rope.Kind == "yarn" && scale is not null && config.Rope.Own("mscale") is { } own && own != scale)
        {
            yield return $"mscale ({own}) and mscale_all_dim ({scale}) differ, the engine takes both to be the second: answers differ";
        }

        if (config.Text("topk_method") == "group_limited_greedy" && config.Whole("n_group") > 1)
        {
            yield return "the engine chooses groups of experts by the two best of each, the original by the best (topk_method): answers differ";
        }

        if (config.Whole("q_lora_rank") is null && config.Whole("num_hidden_layers") is not (Lite or Lite - 1))
        {
            yield return $"the engine loads models without q_lora_rank only if they have {Lite - 1} or {Lite} layers";
        }
    }

    private static bool IsOfGroups(ModelConfig config) => config.Text("topk_method") != "greedy" || config.Whole("n_group") is null or 1;

    // The third version is the one whose router scores each expert by itself.
    private static bool IsSigmoid(GgufSource source) => source.Whole(Gating) == Sigmoid;

    private static string? ScoringOf(GgufSource source) =>
        source.Whole(Gating) switch
        {
            Softmax => "softmax",
            Sigmoid => "sigmoid",
            _ => null,
        };

    private static string MethodOf(GgufSource source) =>
        IsSigmoid(source) ? "noaux_tc"
        : source.Whole("expert_group_count") > 1 ? "group_limited_greedy"
        : "greedy";

    // The file says a tenth of it; the engine takes both numbers to be the same.
    private static Dictionary<string, object?>? Stretching(GgufSource source)
    {
        const string All = "mscale_all_dim";
        var scaling = Positions.ScalingOf(source);
        if (scaling?.GetValueOrDefault(All) is decimal tenth)
        {
            scaling[All] = tenth * 10;
            scaling["mscale"] = tenth * 10;
        }

        return scaling;
    }

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
