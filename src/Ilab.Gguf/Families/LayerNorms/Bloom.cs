using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.LayerNorms;

/// <summary>BLOOM: positions are a slope, a norm right after the embedding, query, key and value of each head together.</summary>
internal static class Bloom
{
    private static readonly Swap ByKind = new("1", "heads", "3", "head");

    public static Family Family { get; } =
        new()
        {
            Architecture = "bloom",
            Classes = ["BloomForCausalLM", "BloomModel"],
            ModelType = "bloom",
            Defaults = """
                {"vocab_size": 250880, "hidden_size": 64, "n_layer": 2, "n_head": 8, "layer_norm_epsilon": 1e-5, "tie_word_embeddings": true}
                """,
            Measures = new Dictionary<string, string>
            {
                ["hidden"] = "hidden_size | n_embed",
                ["heads"] = "n_head | num_attention_heads",
                ["head"] = "hidden / heads",
            },
            Metadata =
            [
                Setting.Length("context_length", "seq_length | hidden"),
                Setting.Length("embedding_length", "hidden"),
                Setting.Length("feed_forward_length", "4 * hidden"),
                Setting.Length("block_count", "layers"),
                Setting.Length("attention.head_count", "heads"),
                Setting.Length("attention.head_count_kv", "heads"),
                Setting.Number("attention.layer_norm_epsilon", "layer_norm_epsilon"),
            ],
            LayerPath = "transformer.h.{l}.",
            Tensors =
            [
                Tensor.Matrix("transformer.word_embeddings", "token_embd", "vocab hidden"),
                .. Tensor.LayerNorm("transformer.word_embeddings_layernorm", "token_embd_norm"),
                .. Tensor.LayerNorm("transformer.ln_f", "output_norm"),
                Tensor.Matrix("lm_head", "output", "vocab hidden"),
            ],
            Back =
            [
                Back.Length("hidden_size", "embedding_length"),
                Back.Length("n_layer", "block_count"),
                Back.Length("n_head", "attention.head_count"),
                Back.Whole("seq_length", "context_length"),
                Back.Of("vocab_size", static source => source.Vocabulary),
                Back.Number("layer_norm_epsilon", "attention.layer_norm_epsilon", 1e-5m),
                Back.Of("tie_word_embeddings", static source => !source.Has("output.weight")),
            ],
            Untrained = Untrained.Undescribed,
            LayerTensors =
            [
                .. Tensor.LayerNorm("input_layernorm", "attn_norm"),
                .. Tensor.LayerNorm("post_attention_layernorm", "ffn_norm"),
                .. Tensor.Biased("self_attention.query_key_value", "attn_qkv", "3*hidden hidden", ByKind),
                .. Tensor.Biased("self_attention.dense", "attn_output", "hidden hidden"),
                .. Tensor.Biased("mlp.dense_h_to_4h", "ffn_up", "4*hidden hidden"),
                .. Tensor.Biased("mlp.dense_4h_to_h", "ffn_down", "hidden 4*hidden"),
            ],
            Vocabulary = new VocabularyRules { PreTokenizers = ["bloom"] },
            Check = static config =>
                config.Flag("apply_residual_connection_post_layernorm") == true
                    ? ["the sum takes what the norm made (apply_residual_connection_post_layernorm), which the graph of this family does not do"]
                    : [],
        };
}
