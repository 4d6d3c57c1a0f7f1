using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Dense;

/// <summary>GLM 4 9B and GLM-Edge: neighbours turn in the checkpoint as they do in the graph, gate and up are one matrix.</summary>
internal static class Glm
{
    /// <summary>The tokenizers of the GLM models.</summary>
    public static VocabularyRules Words { get; } =
        new()
        {
            PreTokenizers = ["glm4"],
            Roles = [("eos", "<|endoftext|>"), ("eot", "<|user|>"), ("unk", "<|endoftext|>")],
            Adds = [("bos", false)],
        };

    public static Family Family { get; } =
        new()
        {
            Architecture = "chatglm",
            Classes = ["GlmForCausalLM"],
            ModelType = "glm",
            Defaults = """
                {"vocab_size": 151552, "hidden_size": 4096, "intermediate_size": 13696, "num_hidden_layers": 40, "num_attention_heads": 32,
                 "num_key_value_heads": 2, "head_dim": 128, "partial_rotary_factor": 0.5, "max_position_embeddings": 131072,
                 "rms_norm_eps": 1.5625e-07, "rope_theta": 10000.0, "tie_word_embeddings": false, "hidden_act": "silu"}
                """,
            Metadata =
            [
                Setting.Length("context_length", "seq_length | max_position_embeddings"),
                Setting.Length("embedding_length", "hidden"),
                Setting.Length("feed_forward_length", "ff"),
                Setting.Length("block_count", "layers"),
                Setting.Length("attention.head_count", "heads"),
                Setting.Length("attention.head_count_kv", "kv"),
                Setting.Number("attention.layer_norm_rms_epsilon", "layernorm_epsilon", "rms_norm_eps"),
                new MetadataRule("rope.dimension_count", static (config, measures) => (uint)(measures.Of("head") * (config.Rope.PartialFactor ?? 0.5))),
                Setting.Of("rope.freq_base", static config => (float)((config.Rope.Base ?? 10_000) * (config.Number("rope_ratio") ?? 1))),
            ],
            Tensors = Decoder.Embeddings,
            Back = [.. Decoder.Config, .. Decoder.BiasConfig, Back.PartOfHead("partial_rotary_factor", "rope.dimension_count")],
            Computation = new Computation { Turning = Turning.Neighbours },
            LayerTensors =
            [
                .. Decoder.Norms,
                .. Decoder.Attention,
                Tensor.Matrix("mlp.gate_up_proj", "ffn_up", "2*ff hidden"),
                Tensor.Matrix("mlp.down_proj", "ffn_down", "hidden ff"),
            ],
            Vocabulary = Words,
            Activations = ["silu"],
        };
}
