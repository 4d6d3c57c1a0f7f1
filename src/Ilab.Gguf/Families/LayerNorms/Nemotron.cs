using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.LayerNorms;

/// <summary>Nemotron 3 and 4, Minitron: layer norms stored less 1, squared relu, a part of each head turns.</summary>
internal static class Nemotron
{
    private static readonly Shift One = new(1);

    public static Family Family { get; } =
        new()
        {
            Architecture = "nemotron",
            Classes = ["NemotronForCausalLM"],
            ModelType = "nemotron",
            Defaults = """
                {"vocab_size": 256000, "hidden_size": 6144, "intermediate_size": 24576, "num_hidden_layers": 32, "num_attention_heads": 48,
                 "max_position_embeddings": 4096, "norm_eps": 1e-5, "rope_theta": 10000.0, "partial_rotary_factor": 0.5,
                 "tie_word_embeddings": false, "hidden_act": "relu2"}
                """,
            Metadata =
            [
                .. Decoder.Settings,
                Setting.Length("vocab_size", "vocab"),
                Setting.Number("attention.layer_norm_epsilon", "layer_norm_eps", "layer_norm_epsilon", "norm_epsilon", "norm_eps"),
                new MetadataRule(
                    "rope.dimension_count",
                    static (config, measures) => (uint)((config.Rope.PartialFactor ?? 0.5) * measures.Of("hidden") / Math.Max(1, measures.Of("heads")))
                ),
                Setting.Of("rope.scaling.type", static config => config.Rope.Own("factor") is null ? "none" : "linear"),
                Setting.Of("rope.scaling.factor", static config => (float?)config.Rope.Own("factor")),
            ],
            Tensors =
            [
                Tensor.Matrix("model.embed_tokens", "token_embd", "vocab hidden"),
                .. ShiftedNorm("model.norm", "output_norm"),
                Tensor.Matrix("lm_head", "output", "vocab hidden"),
            ],
            Back =
            [
                .. Decoder.Config,
                Decoder.SharedHeads,
                Back.Of("rms_norm_eps", static _ => null),
                Back.Number("norm_eps", "attention.layer_norm_epsilon", 1e-5m),
                Back.Fixed("hidden_act", "relu2"),
                Back.Of(
                    "partial_rotary_factor",
                    static source =>
                        (decimal)(source.Whole("rope.dimension_count") ?? 0)
                        * (source.Whole("attention.head_count") ?? 1)
                        / Math.Max(1, source.Whole("embedding_length") ?? 1)
                ),
                .. Decoder.BiasConfig,
            ],
            Computation = new Computation { Norm = NormKind.Layer, Activation = Activation.SquaredRelu },
            LayerTensors =
            [
                .. ShiftedNorm("input_layernorm", "attn_norm"),
                .. ShiftedNorm("post_attention_layernorm", "ffn_norm"),
                .. Decoder.Attention,
                .. Tensor.Linear("mlp.up_proj", "ffn_up", "ff hidden"),
                .. Tensor.Linear("mlp.down_proj", "ffn_down", "hidden ff"),
            ],
            Vocabulary = new VocabularyRules(),
            Activations = ["relu2"],
        };

    private static TensorRule[] ShiftedNorm(string source, string target) =>
        [Tensor.Norm(source, target, "hidden", One), Tensor.Of($"{source}.bias", $"{target}.bias", "hidden")];
}
