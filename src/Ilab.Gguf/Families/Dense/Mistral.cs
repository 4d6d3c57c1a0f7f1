using System.Text.Json;
using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Dense;

/// <summary>Mistral and Ministral: the form of Llama, earlier ones with a sliding window that the graph does not have.</summary>
internal static class Mistral
{
    public static Family Family { get; } =
        Llama.Family with
        {
            Classes = ["MistralForCausalLM"],
            ModelType = "mistral",
            Defaults = """
                {"vocab_size": 32000, "hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32, "num_attention_heads": 32,
                 "num_key_value_heads": 8, "max_position_embeddings": 131072, "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "sliding_window": 4096,
                 "tie_word_embeddings": false, "hidden_act": "silu"}
                """,
            Back = Llama.Family.Back,
            Warnings = WindowOf,
        };

    // A config that says null has no window; only a missing key means the default of the class.
    private static IEnumerable<string> WindowOf(ModelConfig config) =>
        config.Root.TryGetProperty("sliding_window", out var window) && window.ValueKind == JsonValueKind.Null ? [] : Decoder.WindowWarning(config);
}
