using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Dense;

/// <summary>Gemma 1: norms are stored less 1. The head is always the embedding.</summary>
internal static class Gemma
{
    /// <summary>The norm weights of Gemma 1 to 3 are applied as 1 + weight.</summary>
    public static readonly Shift One = new(1);

    public static IReadOnlyList<MetadataRule> Settings { get; } =
    [
        Setting.Length("context_length", "max_position_embeddings"),
        Setting.Length("embedding_length", "hidden"),
        Setting.Length("block_count", "layers"),
        Setting.Length("feed_forward_length", "ff"),
        Setting.Length("attention.head_count", "heads"),
        Setting.Length("attention.head_count_kv", "kv"),
        Setting.Number("attention.layer_norm_rms_epsilon", "rms_norm_eps"),
        Setting.Length("attention.key_length", "head"),
        Setting.Length("attention.value_length", "head"),
    ];

    public static IReadOnlyList<TensorRule> Embeddings { get; } =
    [Tensor.Matrix("model.embed_tokens", "token_embd", "vocab hidden"), Tensor.Norm("model.norm", "output_norm", "hidden", One)];

    public static Family Family { get; } =
        new()
        {
            Architecture = "gemma",
            Classes = ["GemmaForCausalLM"],
            ModelType = "gemma",
            Defaults = """
                {"vocab_size": 256000, "hidden_size": 3072, "intermediate_size": 24576, "num_hidden_layers": 28, "num_attention_heads": 16,
                 "num_key_value_heads": 16, "head_dim": 256, "max_position_embeddings": 8192, "rms_norm_eps": 1e-6, "rope_theta": 10000.0,
                 "tie_word_embeddings": true}
                """,
            Metadata = Settings,
            Tensors = Embeddings,
            Back = [.. Decoder.Config, Back.Fixed("hidden_act", "gelu_pytorch_tanh"), Back.Fixed("hidden_activation", "gelu_pytorch_tanh")],
            Computation = new Computation { Activation = Activation.Gelu, ScalesEmbedding = true },
            LayerTensors =
            [
                Tensor.Norm("input_layernorm", "attn_norm", "hidden", One),
                Tensor.Norm("post_attention_layernorm", "ffn_norm", "hidden", One),
                .. Decoder.Attention,
                .. Decoder.GatedFeedForward,
            ],
            Ignored = ["lm_head.weight"],
            Vocabulary = new VocabularyRules { SpacePrefix = false, Roles = [("eot", "<end_of_turn>")] },
            Check = static config => Base(config) is not 10_000 ? [$"the rotary base {Base(config)} is not the 10000 of this family"] : [],
        };

    private static double Base(ModelConfig config) => config.Rope.Base ?? 10_000;
}
