using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.LayerNorms;

/// <summary>GPT-NeoX and Pythia: query, key and value of each head lie together; a part of each head turns.</summary>
internal static class GptNeox
{
    private static readonly Swap ByKind = new("1", "heads", "3", "head");

    public static Family Family { get; } =
        new()
        {
            Architecture = "gptneox",
            Classes = ["GPTNeoXForCausalLM"],
            ModelType = "gpt_neox",
            Defaults = """
                {"vocab_size": 50432, "hidden_size": 6144, "intermediate_size": 24576, "num_hidden_layers": 44, "num_attention_heads": 64,
                 "max_position_embeddings": 2048, "layer_norm_eps": 1e-5, "rotary_emb_base": 10000, "rotary_pct": 0.25,
                 "use_parallel_residual": true, "tie_word_embeddings": false, "hidden_act": "gelu"}
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
                Setting.Flag("use_parallel_residual", "use_parallel_residual"),
                Setting.Number("attention.layer_norm_epsilon", "layer_norm_eps"),
                Gelu.Setting(Activation.ExactGelu, "hidden_act"),
            ],
            LayerPath = "gpt_neox.layers.{l}.",
            Tensors =
            [
                Tensor.Matrix("gpt_neox.embed_in", "token_embd", "vocab hidden"),
                .. Tensor.LayerNorm("gpt_neox.final_layer_norm", "output_norm"),
                Tensor.Matrix("embed_out", "output", "vocab hidden"),
            ],
            Back =
            [
                .. Decoder.LayerNormConfig,
                Back.Of("head_dim", static _ => null),
                Back.Of("num_key_value_heads", static _ => null),
                Gelu.Back("hidden_act", "gelu"),
                Back.PartOfHead("rotary_pct", "rope.dimension_count"),
                Back.Number("rotary_emb_base", "rope.freq_base", 10_000),
                Back.Of("use_parallel_residual", static source => source.Flag("use_parallel_residual") ?? true),
            ],
            Computation = new Computation
            {
                Norm = NormKind.Layer,
                Activation = Activation.ExactGelu,
                Blocks = Blocks.BySetting,
            },
            LayerTensors =
            [
                .. Tensor.LayerNorm("input_layernorm", "attn_norm"),
                .. Tensor.LayerNorm("post_attention_layernorm", "ffn_norm"),
                .. Tensor.Biased("attention.query_key_value", "attn_qkv", "3*hidden hidden", ByKind),
                .. Tensor.Biased("attention.dense", "attn_output", "hidden hidden"),
                .. Tensor.Biased("mlp.dense_h_to_4h", "ffn_up", "ff hidden"),
                .. Tensor.Biased("mlp.dense_4h_to_h", "ffn_down", "hidden ff"),
            ],
            SaysFileType = false,
            Vocabulary = new VocabularyRules { PreTokenizers = ["mpt"] },
            Check = static config =>
                [
                    .. Gelu.Check(config, "hidden_act"),
                    .. config.Rope.Base is { } start and not 10_000 ? (string[])[$"the rotary base {start} is not the 10000 of this family's graph"] : [],
                ],
        };
}
