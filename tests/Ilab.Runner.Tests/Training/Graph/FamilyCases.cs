using Ilab.Gguf.Decoders;
using Ilab.Gguf.Families;
using Ilab.Testing.Models;

namespace Ilab.Runner.Tests.Training.Graph;

/// <summary>Small models of every family that can be trained, with settings that make each of its particulars count.</summary>
internal static class FamilyCases
{
    /// <summary>Name of the case, class of the family, settings.</summary>
    private static readonly (string Name, string Class, string Settings)[] All =
    [
        ("llama", "LlamaForCausalLM", Of(2, """ "num_key_value_heads": 2""")),
        (
            "llama3-scaling",
            "LlamaForCausalLM",
            Of(
                2,
                """ "rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 32}"""
            )
        ),
        ("llama-linear", "LlamaForCausalLM", Of(2, """ "rope_scaling": {"rope_type": "linear", "factor": 4.0}""")),
        ("mistral", "MistralForCausalLM", Of(2, """ "sliding_window": null""")),
        (
            "ministral3",
            "Ministral3ForCausalLM",
            Of(
                2,
                """
                "rope_scaling": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 5, "llama_4_scaling_beta": 0.3,
                "mscale": 1.0, "mscale_all_dim": 1.0, "beta_fast": 32.0, "beta_slow": 1.0}, "temperature": 0.3, "temperature_floor": 5
                """
            )
        ),
        ("smollm3", "SmolLM3ForCausalLM", Of(4)),
        ("arcee", "ArceeForCausalLM", Of(2)),
        ("apertus", "ApertusForCausalLM", Of(2, """ "rope_scaling": null""")),
        ("qwen2", "Qwen2ForCausalLM", Of(2, """ "tie_word_embeddings": true""")),
        ("qwen2-yarn", "Qwen2ForCausalLM", Of(2, """ "rope_scaling": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64}""")),
        ("qwen2vl", "Qwen2_5_VLForConditionalGeneration", Of(2, """ "rope_scaling": {"type": "mrope", "mrope_section": [2, 3, 3]}""")),
        ("qwen3", "Qwen3ForCausalLM", Of(2, """ "head_dim": 24""")),
        ("gemma", "GemmaForCausalLM", Of(2)),
        (
            "gemma2",
            "Gemma2ForCausalLM",
            Of(
                4,
                """
                "sliding_window": 6, "query_pre_attn_scalar": 16, "attn_logit_softcapping": 2.0, "final_logit_softcapping": 3.0,
                "layer_types": ["sliding_attention", "full_attention", "sliding_attention", "full_attention"]
                """
            )
        ),
        (
            "gemma3",
            "Gemma3ForCausalLM",
            Of(
                6,
                """
                "sliding_window": 6, "query_pre_attn_scalar": 16, "rope_local_base_freq": 1000.0, "rope_scaling": {"rope_type": "linear", "factor": 8.0},
                "layer_types": ["sliding_attention", "sliding_attention", "sliding_attention", "sliding_attention", "sliding_attention", "full_attention"]
                """
            )
        ),
        (
            "gemma4",
            "Gemma4ForCausalLM",
            Of(
                4,
                """
                "sliding_window": 6, "final_logit_softcapping": 3.0, "rope_local_base_freq": 1000.0, "proportional_part": 0.25,
                "rope_parameters": {"full_attention": {"rope_type": "proportional", "rope_theta": 10000.0, "partial_rotary_factor": 0.25},
                "sliding_attention": {"rope_type": "default", "rope_theta": 1000.0}},
                "layer_types": ["sliding_attention", "full_attention", "sliding_attention", "full_attention"]
                """
            )
        ),
        ("phi2", "PhiForCausalLM", Of(2, """ "partial_rotary_factor": 0.5""")),
        ("phi3", "Phi3ForCausalLM", Of(2, """ "sliding_window": null""")),
        (
            "phi3-long",
            "Phi3ForCausalLM",
            Of(
                2,
                """
                "sliding_window": null, "original_max_position_embeddings": 256,
                "rope_scaling": {"type": "longrope", "short_factor": [1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7], "long_factor": [2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]}
                """
            )
        ),
        ("olmo", "OlmoForCausalLM", Of(2, """ "clip_qkv": 2.0""")),
        ("olmo2", "Olmo2ForCausalLM", Of(2)),
        (
            "olmo3",
            "Olmo3ForCausalLM",
            Of(
                4,
                """ "sliding_window": 6, "model_type": "olmo3", "layer_types": ["sliding_attention", "sliding_attention", "sliding_attention", "full_attention"]"""
            )
        ),
        (
            "granite",
            "GraniteForCausalLM",
            Of(2, """ "embedding_multiplier": 3.0, "residual_multiplier": 0.4, "attention_multiplier": 0.2, "logits_scaling": 2.0""")
        ),
        ("glm", "GlmForCausalLM", Of(2, """ "partial_rotary_factor": 0.5""")),
        ("glm4", "Glm4ForCausalLM", Of(2, """ "partial_rotary_factor": 0.5""")),
        ("starcoder2", "Starcoder2ForCausalLM", Of(2, """ "norm_epsilon": 1e-5""")),
        ("gpt2", "GPT2LMHeadModel", """{"n_layer": 2, "layer_norm_epsilon": 1e-5, "n_inner": 96}"""),
        ("gpt2-exact", "GPT2LMHeadModel", """{"n_layer": 2, "layer_norm_epsilon": 1e-5, "n_inner": 96, "activation_function": "gelu"}"""),
        ("gptneox", "GPTNeoXForCausalLM", Of(2, """ "rotary_pct": 0.25, "use_parallel_residual": true""")),
        ("gptneox-sequential", "GPTNeoXForCausalLM", Of(2, """ "rotary_pct": 0.25, "use_parallel_residual": false""")),
        ("stablelm", "StableLmForCausalLM", Of(2, """ "partial_rotary_factor": 0.25""")),
        ("stablelm-12b", "StableLmForCausalLM", Of(2, """ "partial_rotary_factor": 0.25, "use_parallel_residual": true, "qk_layernorm": true""")),
        ("command-r", "CohereForCausalLM", Of(2, """ "logit_scale": 0.25""")),
        (
            "cohere2",
            "Cohere2ForCausalLM",
            Of(
                4,
                """ "sliding_window": 6, "logit_scale": 0.25, "layer_types": ["sliding_attention", "sliding_attention", "sliding_attention", "full_attention"]"""
            )
        ),
        ("ernie4_5", "Ernie4_5ForCausalLM", Of(2)),
        ("seed_oss", "SeedOssForCausalLM", Of(2)),
        ("exaone4", "Exaone4ForCausalLM", Of(2, """ "sliding_window": null""")),
        ("xverse", "XverseForCausalLM", Of(2)),
        ("minicpm", "MiniCPMForCausalLM", Of(2, """ "scale_emb": 3.0, "scale_depth": 0.7, "dim_model_base": 32""")),
        ("orion", "OrionForCausalLM", Of(2)),
        ("nemotron", "NemotronForCausalLM", Of(2, """ "partial_rotary_factor": 0.5, "norm_eps": 1e-5""")),
        (
            "exaone4-windows",
            "Exaone4ForCausalLM",
            Of(4, """ "sliding_window": 6, "layer_types": ["sliding_attention", "sliding_attention", "sliding_attention", "full_attention"]""")
        ),
        (
            "deepseek2",
            "DeepseekV2ForCausalLM",
            Of(
                3,
                """
                "q_lora_rank": 24, "v_head_dim": 32, "first_k_dense_replace": 1, "n_routed_experts": 4, "num_experts_per_tok": 2, "n_shared_experts": 1,
                "scoring_func": "softmax", "norm_topk_prob": false, "routed_scaling_factor": 1.5, "n_group": 1, "topk_group": 1, "moe_layer_freq": 1
                """
            )
        ),
        (
            "deepseek3",
            "DeepseekV3ForCausalLM",
            Of(
                2,
                """
                "q_lora_rank": 24, "v_head_dim": 32, "first_k_dense_replace": 1, "n_routed_experts": 4, "num_experts_per_tok": 2, "n_shared_experts": 1,
                "scoring_func": "sigmoid", "norm_topk_prob": true, "routed_scaling_factor": 1.5, "n_group": 1, "topk_group": 1, "moe_layer_freq": 1
                """
            )
        ),
        (
            "deepseek3-groups",
            "DeepseekV3ForCausalLM",
            Of(
                2,
                """
                "q_lora_rank": 24, "v_head_dim": 32, "first_k_dense_replace": 1, "n_routed_experts": 8, "num_experts_per_tok": 3, "n_shared_experts": 1,
                "scoring_func": "sigmoid", "norm_topk_prob": true, "routed_scaling_factor": 2.5, "n_group": 4, "topk_group": 2, "moe_layer_freq": 1
                """
            )
        ),
        (
            "deepseek2-groups",
            "DeepseekV2ForCausalLM",
            Of(
                2,
                """
                "q_lora_rank": 24, "v_head_dim": 32, "first_k_dense_replace": 0, "n_routed_experts": 6, "num_experts_per_tok": 2, "n_shared_experts": 1,
                "norm_topk_prob": false, "routed_scaling_factor": 4.0, "n_group": 3, "topk_group": 1, "topk_method": "group_limited_greedy"
                """
            )
        ),
        (
            "glm4_moe",
            "Glm4MoeForCausalLM",
            Of(
                2,
                """
                "partial_rotary_factor": 0.5, "first_k_dense_replace": 1, "n_routed_experts": 4, "num_experts_per_tok": 2, "n_shared_experts": 1,
                "scoring_func": "sigmoid", "norm_topk_prob": true, "routed_scaling_factor": 1.5, "n_group": 1, "topk_group": 1, "use_qk_norm": true
                """
            )
        ),
        ("llama4", "Llama4ForCausalLM", Of(4, """ "interleave_moe_layer_step": 2, "num_experts_per_tok": 1""")),
        (
            "gpt-oss",
            "GptOssForCausalLM",
            Of(
                4,
                """
                "sliding_window": 6, "rope_scaling": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64},
                "layer_types": ["sliding_attention", "full_attention", "sliding_attention", "full_attention"]
                """
            )
        ),
        ("mixtral", "MixtralForCausalLM", Of(2, """ "sliding_window": null, "num_experts_per_tok": 2""")),
        ("qwen2moe", "Qwen2MoeForCausalLM", Of(2)),
        ("qwen3moe", "Qwen3MoeForCausalLM", Of(2)),
        ("olmoe", "OlmoeForCausalLM", Of(2)),
        (
            "granitemoe",
            "GraniteMoeForCausalLM",
            Of(2, """ "embedding_multiplier": 3.0, "residual_multiplier": 0.4, "attention_multiplier": 0.2, "logits_scaling": 2.0""")
        ),
        ("ernie4_5-moe", "Ernie4_5_MoeForCausalLM", Of(3, """ "moe_k": 2, "moe_layer_start_index": 1, "moe_num_shared_experts": 1""")),
    ];

    public static TheoryData<string> Names
    {
        get
        {
            var data = new TheoryData<string>();
            foreach (var entry in All)
            {
                data.Add(entry.Name);
            }

            return data;
        }
    }

    private static string Of(int layers, string more = "") =>
        $"{{\"num_hidden_layers\": {layers}, \"rope_theta\": 10000.0, \"rms_norm_eps\": 1e-5, \"layer_norm_eps\": 1e-5, "
        + $"\"max_position_embeddings\": 512{(more.Length > 0 ? ", " : "")}{more}}}";

    /// <summary>Architectures that a case trains.</summary>
    public static IEnumerable<string> Architectures => All.Select(static entry => FamilyList.OfClass(entry.Class)!.Architecture).Distinct();

    private static bool IsBias(string tensor) => tensor.EndsWith(".bias", StringComparison.Ordinal);

    /// <summary>Whether how the engine turns heads by several axes is in the way of an exact comparison.</summary>
    public static bool IsCoarse(string name) => name is "qwen2vl";

    /// <summary>Whether the engine computes something else than the original, so that the two cannot be held against each other.</summary>
    public static bool IsOtherInEngine(string name) => name is "deepseek2-groups" or "exaone4-windows";

    /// <summary>Biases that the family may have and the case has, by the names of their modules in a GGUF.</summary>
    private static string[] BiasesOf(string name) =>
        name switch
        {
            "llama" or "starcoder2" => ["attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"],
            "seed_oss" or "glm" or "stablelm" => ["attn_q", "attn_k", "attn_v"],
            "ernie4_5-moe" or "deepseek3" or "deepseek3-groups" or "glm4_moe" => ["exp_probs_b"],
            _ => [],
        };

    public static FamilyCheckpoint Write(string name, string folder)
    {
        var (_, className, settings) = All.Single(entry => entry.Name == name);
        var biases = BiasesOf(name);
        return new FamilyCheckpoint(
            folder,
            className,
            settings,
            entry => !entry.Rule.IsOptional || !IsBias(entry.Target) || biases.Contains(Decoder.ModuleOf(entry.Target))
        );
    }
}
