using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Dense;

/// <summary>Seed-OSS: biases on queries, keys and values; the norm before feed-forward has another name.</summary>
internal static class SeedOss
{
    public static Family Family { get; } =
        new()
        {
            Architecture = "seed_oss",
            Classes = ["SeedOssForCausalLM"],
            ModelType = "seed_oss",
            Defaults = """
                {"vocab_size": 155136, "hidden_size": 4096, "intermediate_size": 27648, "num_hidden_layers": 64, "num_attention_heads": 80,
                 "num_key_value_heads": 8, "head_dim": 128, "max_position_embeddings": 524288, "rms_norm_eps": 1e-6, "rope_theta": 10000.0,
                 "tie_word_embeddings": false, "hidden_act": "silu"}
                """,
            Metadata = Decoder.Settings,
            Tensors = Decoder.Embeddings,
            Back = [.. Decoder.Config, .. Decoder.BiasConfig, Back.Has("attention_out_bias", "attn_output.bias")],
            Computation = new Computation { FeedForwardNorm = "post_attention_norm" },
            LayerTensors =
            [
                Tensor.Norm("input_layernorm", "attn_norm"),
                Tensor.Norm("post_attention_layernorm", "post_attention_norm"),
                .. Decoder.Attention,
                .. Decoder.GatedFeedForward,
            ],
            Vocabulary = new VocabularyRules { Kind = VocabularyKind.BytePairs, PreTokenizers = ["seed-coder"] },
            Activations = ["silu"],
        };
}
