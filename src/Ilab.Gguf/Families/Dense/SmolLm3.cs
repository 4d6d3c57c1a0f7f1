using Ilab.Gguf.Description;

namespace Ilab.Gguf.Families.Dense;

/// <summary>SmolLM3: the form of Llama; every fourth layer has no positions, which the graph knows by itself.</summary>
internal static class SmolLm3
{
    public static Family Family { get; } =
        Llama.Family with
        {
            Architecture = "smollm3",
            Classes = ["SmolLM3ForCausalLM"],
            ModelType = "smollm3",
            Defaults = """
                {"vocab_size": 128256, "hidden_size": 2048, "intermediate_size": 11008, "num_hidden_layers": 36, "num_attention_heads": 16,
                 "num_key_value_heads": 4, "max_position_embeddings": 32768, "rms_norm_eps": 1e-6, "rope_theta": 2000000.0,
                 "no_rope_layer_interval": 4, "tie_word_embeddings": true, "hidden_act": "silu"}
                """,
            Metadata = Llama.Settings,
            Back = [.. Llama.Family.Back!, Back.Fixed("no_rope_layer_interval", 4L)],
            Computation = Llama.Family.Computation! with { RopeSkips = 4 },
            Warnings = static config => Every(config) is not 4 ? [$"every {Every(config)}th layer has no positions, the engine takes every fourth"] : [],
        };

    private static long Every(ModelConfig config) => config.Whole("no_rope_layer_interval") ?? 4;
}
