using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.LayerNorms;

/// <summary>Phi 1 to 2: parallel blocks, layer norms, biases everywhere, a part of each head turns.</summary>
internal static class Phi2
{
    public static Family Family { get; } =
        new()
        {
            Architecture = "phi2",
            Classes = ["PhiForCausalLM"],
            ModelType = "phi",
            Defaults = """
                {"vocab_size": 51200, "hidden_size": 2048, "intermediate_size": 8192, "num_hidden_layers": 24, "num_attention_heads": 32,
                 "max_position_embeddings": 2048, "layer_norm_eps": 1e-5, "rope_theta": 10000.0, "partial_rotary_factor": 0.5,
                 "tie_word_embeddings": false, "hidden_act": "gelu_new"}
                """,
            Metadata =
            [
                Setting.Length("context_length", "n_positions | max_position_embeddings"),
                Setting.Length("embedding_length", "hidden"),
                Setting.Length("feed_forward_length", "ff"),
                Setting.Length("block_count", "layers"),
                Setting.Length("attention.head_count", "heads"),
                Setting.Length("attention.head_count_kv", "kv"),
                Setting.Number("attention.layer_norm_epsilon", "layer_norm_epsilon", "layer_norm_eps"),
                new MetadataRule("rope.dimension_count", static (config, measures) => (uint)((config.Rope.PartialFactor ?? 0.5) * measures.Of("head"))),
                Gelu.Setting(Activation.Gelu, "hidden_act"),
            ],
            Tensors =
            [
                Tensor.Matrix("model.embed_tokens", "token_embd", "vocab hidden"),
                .. Tensor.LayerNorm("model.final_layernorm", "output_norm"),
                .. Tensor.Biased("lm_head", "output", "vocab hidden"),
            ],
            Back =
            [
                .. Decoder.LayerNormConfig,
                Back.Of("head_dim", static _ => null),
                Gelu.Back("hidden_act", "gelu_new"),
                Back.PartOfHead("partial_rotary_factor", "rope.dimension_count"),
            ],
            Computation = new Computation
            {
                Norm = NormKind.Layer,
                Activation = Activation.Gelu,
                Blocks = Blocks.Parallel,
            },
            LayerTensors =
            [
                .. Tensor.LayerNorm("input_layernorm", "attn_norm"),
                .. Tensor.Biased("self_attn.q_proj", "attn_q", "q hidden"),
                .. Tensor.Biased("self_attn.k_proj", "attn_k", "k hidden"),
                .. Tensor.Biased("self_attn.v_proj", "attn_v", "k hidden"),
                .. Tensor.Biased("self_attn.dense", "attn_output", "hidden q"),
                .. Tensor.Biased("mlp.fc1", "ffn_up", "ff hidden"),
                .. Tensor.Biased("mlp.fc2", "ffn_down", "hidden ff"),
            ],
            Vocabulary = new VocabularyRules { PreTokenizers = ["gpt-2"], Adds = [("bos", false)] },
            Check = static config =>
                [
                    .. Gelu.Check(config, "hidden_act"),
                    .. config.Flag("qk_layernorm") == true ? (string[])["norms of queries and keys (qk_layernorm) are not of this family's graph"] : [],
                ],
        };
}
