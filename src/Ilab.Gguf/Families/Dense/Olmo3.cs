using Ilab.Gguf.Description;

namespace Ilab.Gguf.Families.Dense;

/// <summary>OLMo 3: OLMo 2 with windows in three layers of four.</summary>
internal static class Olmo3
{
    public static Family Family { get; } =
        Olmo2.Family with
        {
            Classes = ["Olmo3ForCausalLM"],
            ModelType = "olmo3",
            Defaults = """
                {"vocab_size": 50304, "hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 32, "num_attention_heads": 32,
                 "max_position_embeddings": 2048, "rms_norm_eps": 1e-5, "rope_theta": 500000.0, "sliding_window": 4096,
                 "tie_word_embeddings": false, "hidden_act": "silu"}
                """,
        };
}
