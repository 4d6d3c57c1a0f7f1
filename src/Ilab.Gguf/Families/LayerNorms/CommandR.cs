using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.LayerNorms;

/// <summary>Command R: parallel blocks, layer norms without offsets, scaled logits. The graph turns neighbours, as the checkpoint does.</summary>
internal static class CommandR
{
    public static Family Family { get; } =
        new()
        {
            Architecture = "command-r",
            Classes = ["CohereForCausalLM"],
            ModelType = "cohere",
            Defaults = """
                {"vocab_size": 256000, "hidden_size": 8192, "intermediate_size": 22528, "num_hidden_layers": 40, "num_attention_heads": 64,
                 "max_position_embeddings": 8192, "layer_norm_eps": 1e-5, "rope_theta": 10000.0, "logit_scale": 0.0625, "use_qk_norm": false,
                 "tie_word_embeddings": true, "hidden_act": "silu"}
                """,
            Metadata =
            [
                .. Decoder.Settings,
                Setting.Whole("context_length", "model_max_length | max_position_embeddings"),
                Setting.Length("attention.head_count_kv", "kv"),
                Setting.Number("logit_scale", "logit_scale"),
                Setting.Fixed("rope.scaling.type", "none"),
            ],
            Tensors = [Tensor.Matrix("model.embed_tokens", "token_embd", "vocab hidden"), Tensor.Norm("model.norm", "output_norm")],
            Back =
            [
                .. Decoder.LayerNormConfig,
                Back.Of("head_dim", static _ => null),
                Back.Of("rope_scaling", static _ => null),
                .. Decoder.BiasConfig,
                Back.Number("logit_scale", "logit_scale"),
                Back.Of("use_qk_norm", static source => source.Has("blk.0.attn_q_norm.weight")),
            ],
            Computation = new Computation
            {
                Norm = NormKind.Layer,
                Turning = Turning.Neighbours,
                Blocks = Blocks.Parallel,
                MultipliesLogits = true,
            },
            LayerTensors =
            [
                Tensor.Norm("input_layernorm", "attn_norm"),
                .. Decoder.Attention,
                .. HeadNorms.When(static (config, _) => config.Flag("use_qk_norm") == true),
                .. Decoder.GatedFeedForward,
            ],
            Ignored = ["lm_head.weight"],
            Vocabulary = new VocabularyRules { Kind = VocabularyKind.BytePairs, PreTokenizers = ["command-r"] },
            Activations = ["silu"],
        };

    private static IEnumerable<TensorRule> HeadNorms =>
        [Tensor.Of("self_attn.q_norm.weight", "attn_q_norm.weight", "heads head"), Tensor.Of("self_attn.k_norm.weight", "attn_k_norm.weight", "kv head")];
}
