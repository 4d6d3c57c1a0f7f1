using Ilab.Gguf.Description;

namespace Ilab.Gguf.Families.Dense;

/// <summary>Ministral 3 without its eyes.</summary>
internal static class Ministral3
{
    public static Family Family { get; } =
        Mistral3.Family with
        {
            Classes = ["Ministral3ForCausalLM"],
            Defaults = """
                {"vocab_size": 131072, "hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 34, "num_attention_heads": 32,
                 "num_key_value_heads": 8, "head_dim": 128, "max_position_embeddings": 262144, "rms_norm_eps": 1e-5, "rope_theta": 1000000.0,
                 "rope_parameters": {"rope_type": "yarn", "factor": 16.0, "original_max_position_embeddings": 16384, "beta_fast": 32.0,
                 "beta_slow": 1.0, "mscale": 1.0, "mscale_all_dim": 1.0, "llama_4_scaling_beta": 0.1},
                 "tie_word_embeddings": false, "hidden_act": "silu"}
                """,
        };
}
