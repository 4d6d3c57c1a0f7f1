using Ilab.Gguf.Description;

namespace Ilab.Gguf.Families.Sparse;

/// <summary>
/// DeepSeek V3: the form of V2 with a router that scores each expert by itself, corrects the choice, and chooses groups of experts first. The way back is that
/// of V2: the kind of the scores tells the two apart.
/// </summary>
internal static class DeepseekV3
{
    public static Family Family { get; } =
        Deepseek2.Family with
        {
            Classes = ["DeepseekV3ForCausalLM"],
            ModelType = "deepseek_v3",
            Defaults = """
                {"vocab_size": 129280, "hidden_size": 7168, "intermediate_size": 18432, "num_hidden_layers": 61, "num_attention_heads": 128,
                 "max_position_embeddings": 4096, "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "q_lora_rank": 1536, "kv_lora_rank": 512,
                 "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128, "moe_intermediate_size": 2048, "n_routed_experts": 256,
                 "n_shared_experts": 1, "num_experts_per_tok": 8, "n_group": 8, "topk_group": 4, "first_k_dense_replace": 3,
                 "routed_scaling_factor": 2.5, "norm_topk_prob": true, "scoring_func": "sigmoid", "topk_method": "noaux_tc",
                 "tie_word_embeddings": false, "hidden_act": "silu"}
                """,
            Check = static config =>
                config.Flag("rope_interleave") == false ? ["rotary positions of halves (rope_interleave: false) are not of this family's graph"] : [],
        };
}
