using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.LayerNorms;

/// <summary>Falcon 7B, 40B and 180B: parallel blocks; queries, keys and values of a group of heads lie together.</summary>
internal static class Falcon
{
    private const uint Context = 2048;

    public static Family Family { get; } =
        new()
        {
            Architecture = "falcon",
            Classes = ["FalconForCausalLM", "RWForCausalLM"],
            ModelType = "falcon",
            Defaults = """
                {"vocab_size": 65024, "hidden_size": 4544, "num_hidden_layers": 32, "num_attention_heads": 71, "layer_norm_epsilon": 1e-5,
                 "multi_query": true, "parallel_attn": true, "new_decoder_architecture": false, "alibi": false, "bias": false,
                 "tie_word_embeddings": true}
                """,
            Measures = new Dictionary<string, string>
            {
                ["heads"] = "n_head | num_attention_heads",
                ["kv"] = "num_kv_heads | n_head_kv | 1",
                ["head"] = "hidden / heads",
            },
            Metadata =
            [
                Setting.Fixed("context_length", Context),
                Setting.Fixed("tensor_data_layout", "jploski"),
                Setting.Length("embedding_length", "hidden"),
                Setting.Length("feed_forward_length", "4 * hidden"),
                Setting.Length("block_count", "layers"),
                Setting.Length("attention.head_count", "heads"),
                Setting.Of("attention.head_count_kv", static config => (uint)KeyHeads(config)),
                Setting.Number("attention.layer_norm_epsilon", "layer_norm_epsilon"),
            ],
            LayerPath = "transformer.h.{l}.",
            Tensors =
            [
                Tensor.Matrix("transformer.word_embeddings", "token_embd", "vocab hidden"),
                .. Tensor.LayerNorm("transformer.ln_f", "output_norm"),
                Tensor.Matrix("lm_head", "output", "vocab hidden"),
            ],
            LayerMeasures = static (config, _, name) => name == "kv" ? KeyHeads(config) : null,
            Back =
            [
                Back.Length("hidden_size", "embedding_length"),
                Back.Length("num_hidden_layers", "block_count"),
                Back.Length("num_attention_heads", "attention.head_count"),
                Back.Length("num_kv_heads", "attention.head_count_kv"),
                Back.Of("new_decoder_architecture", static source => IsNew(source)),
                Back.Of("multi_query", static source => source.Whole("attention.head_count_kv") is null or 1),
                Back.Of("vocab_size", static source => source.Vocabulary),
                Back.Number("layer_norm_epsilon", "attention.layer_norm_epsilon", 1e-5m),
                Back.Fixed("parallel_attn", true),
                Back.Fixed("bias", false),
                Back.Fixed("alibi", false),
                Back.Of(
                    "num_ln_in_parallel_attn",
                    static source =>
                        source.Has("blk.0.attn_norm_2.weight") ? 2
                        : IsNew(source) ? 1
                        : null
                ),
                Back.Of("tie_word_embeddings", static source => !source.Has("output.weight")),
            ],
            Untrained = Untrained.Undescribed,
            LayerTensors =
            [
                // Two norms in the larger ones: that of the attention is the second for the graph.
                .. Tensor.LayerNorm("input_layernorm", "attn_norm").When(static (config, _) => !HasTwoNorms(config)),
                .. Tensor.LayerNorm("ln_mlp", "attn_norm").When(static (config, _) => HasTwoNorms(config)),
                .. Tensor.LayerNorm("ln_attn", "attn_norm_2").When(static (config, _) => HasTwoNorms(config)),
                Tensor.Matrix("self_attention.query_key_value", "attn_qkv", "q+2*k hidden", new Gather("kv", "heads/kv*head", "head", "head")),
                Tensor.Matrix("self_attention.dense", "attn_output", "hidden q"),
                Tensor.Matrix("mlp.dense_h_to_4h", "ffn_up", "4*hidden hidden"),
                Tensor.Matrix("mlp.dense_4h_to_h", "ffn_down", "hidden 4*hidden"),
            ],
            Vocabulary = new VocabularyRules { PreTokenizers = ["falcon"] },
            Check = static config => [.. Unknown(config)],
        };

    // The first generation says whether there is one key for all heads, and may not say how many there are.
    private static long KeyHeads(ModelConfig config) =>
        config.Flag("new_decoder_architecture") != true && config.Flag("multi_query") == true ? 1 : config.Whole("num_kv_heads", "n_head_kv") ?? 1;

    private static bool HasTwoNorms(ModelConfig config) =>
        config.Flag("new_decoder_architecture") == true && config.Whole("num_ln_in_parallel_attn") is null or 2;

    private static bool IsNew(GgufSource source) => source.Has("blk.0.attn_norm_2.weight") || source.Whole("attention.head_count_kv") > 1;

    private static IEnumerable<string> Unknown(ModelConfig config)
    {
        const string What = "which the graph of this family does not do";
        if (config.Flag("alibi") == true)
        {
            yield return $"positions are a slope (alibi), {What}";
        }

        if (config.Flag("parallel_attn") == false && config.Flag("new_decoder_architecture") != true)
        {
            yield return $"attention and feed-forward part follow each other (parallel_attn: false), {What}";
        }

        if (config.Flag("bias") == true)
        {
            yield return $"matrices have biases (bias), {What}";
        }
    }
}
