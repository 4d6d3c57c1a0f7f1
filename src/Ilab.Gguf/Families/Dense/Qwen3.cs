using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Dense;

/// <summary>Qwen 3: norms of the heads of queries and keys.</summary>
internal static class Qwen3
{
    public static Family Family { get; } =
        Qwen2.Family with
        {
            Architecture = "qwen3",
            Classes = ["Qwen3ForCausalLM", "Qwen3Model"],
            ModelType = "qwen3",
            Defaults = """
                {"vocab_size": 151936, "hidden_size": 4096, "intermediate_size": 22016, "num_hidden_layers": 32, "num_attention_heads": 32,
                 "num_key_value_heads": 32, "head_dim": 128, "max_position_embeddings": 32768, "rms_norm_eps": 1e-6, "rope_theta": 10000.0,
                 "use_sliding_window": false, "tie_word_embeddings": false, "hidden_act": "silu"}
                """,
            Back = [.. Decoder.Config, .. Decoder.BiasConfig],
            LayerTensors = [.. Decoder.Norms, .. Decoder.Attention, .. Decoder.HeadNorms, .. Decoder.GatedFeedForward],
        };
}
