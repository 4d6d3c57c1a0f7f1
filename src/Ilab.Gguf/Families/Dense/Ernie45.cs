using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Dense;

/// <summary>ERNIE 4.5 without experts.</summary>
internal static class Ernie45
{
    public static Family Family { get; } =
        new()
        {
            Architecture = "ernie4_5",
            Classes = ["Ernie4_5ForCausalLM", "Ernie4_5_ForCausalLM"],
            ModelType = "ernie4_5",
            Defaults = """
                {"vocab_size": 103424, "hidden_size": 1024, "intermediate_size": 3072, "num_hidden_layers": 18, "num_attention_heads": 16,
                 "num_key_value_heads": 2, "head_dim": 128, "max_position_embeddings": 131072, "rms_norm_eps": 1e-5, "rope_theta": 500000.0,
                 "tie_word_embeddings": true, "hidden_act": "silu"}
                """,
            Metadata = Decoder.Settings,
            Tensors = Decoder.Embeddings,
            Back = [.. Decoder.Config, Back.Has("use_bias", "attn_q.bias")],
            Computation = new Computation { Turning = Turning.Neighbours },
            LayerTensors = [.. Decoder.Norms, .. Decoder.Attention, .. Decoder.GatedFeedForward],
            Renames = [("ernie.", "model.")],
            Vocabulary = new VocabularyRules { SaysSpacePrefix = true },
            Activations = ["silu"],
        };
}
