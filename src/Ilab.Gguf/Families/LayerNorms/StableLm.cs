using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.LayerNorms;

/// <summary>StableLM 2: layer norms, a part of each head turns; the 12B has parallel blocks and a norm for each head of queries and keys.</summary>
internal static class StableLm
{
    public static Family Family { get; } =
        new()
        {
            Architecture = "stablelm",
            Classes = ["StableLmForCausalLM", "StableLMEpochForCausalLM"],
            ModelType = "stablelm",
            Defaults = """
                {"vocab_size": 50304, "hidden_size": 2560, "intermediate_size": 6912, "num_hidden_layers": 32, "num_attention_heads": 32,
                 "num_key_value_heads": 32, "max_position_embeddings": 4096, "layer_norm_eps": 1e-5, "rope_theta": 10000.0,
                 "partial_rotary_factor": 0.25, "use_parallel_residual": false, "qk_layernorm": false, "tie_word_embeddings": false,
                 "hidden_act": "silu"}
                """,
            Measures = new Dictionary<string, string> { ["head"] = "hidden / heads" },
            Metadata =
            [
                Setting.Length("context_length", "max_position_embeddings"),
                Setting.Length("embedding_length", "hidden"),
                Setting.Length("block_count", "layers"),
                Setting.Length("feed_forward_length", "ff"),
                new MetadataRule("rope.dimension_count", static (config, measures) => (uint)((config.Rope.PartialFactor ?? 0.25) * measures.Of("head"))),
                Setting.Length("attention.head_count", "heads"),
                Setting.Length("attention.head_count_kv", "kv"),
                Setting.Flag("use_parallel_residual", "use_parallel_residual"),
                Setting.Number("attention.layer_norm_epsilon", "layer_norm_eps", "norm_eps"),
            ],
            Tensors =
            [
                Tensor.Matrix("model.embed_tokens", "token_embd", "vocab hidden"),
                .. Tensor.LayerNorm("model.norm", "output_norm"),
                Tensor.Matrix("lm_head", "output", "vocab hidden"),
            ],
            Back =
            [
                .. Decoder.LayerNormConfig,
                Back.Of("head_dim", static _ => null),
                Back.PartOfHead("partial_rotary_factor", "rope.dimension_count"),
                Back.Of("use_parallel_residual", static source => !source.Has("blk.0.ffn_norm.weight")),
                Back.Of("qk_layernorm", static source => source.Has("blk.0.attn_q_norm.weight")),
                Back.Of("use_qkv_bias", static source => source.Has("blk.0.attn_q.bias")),
            ],
            Computation = new Computation { Norm = NormKind.Layer, Blocks = Blocks.ParallelWithoutSecondNorm },
            LayerTensors =
            [
                .. Tensor.LayerNorm("input_layernorm", "attn_norm"),
                .. Tensor.LayerNorm("post_attention_layernorm", "ffn_norm").When(static (config, _) => config.Flag("use_parallel_residual") != true),
                .. Decoder.Attention,
                .. HeadNorms.When(static (config, _) => config.Flag("qk_layernorm") == true),
                .. Decoder.GatedFeedForward,
            ],
            Vocabulary = new VocabularyRules { Kind = VocabularyKind.BytePairs, PreTokenizers = ["stablelm2", "gpt-2"] },
            Activations = ["silu"],
        };

    private static IEnumerable<TensorRule> HeadNorms =>
        [Tensor.Norm("self_attn.q_layernorm.norms.{heads}", "attn_q_norm", "head"), Tensor.Norm("self_attn.k_layernorm.norms.{kv}", "attn_k_norm", "head")];
}
