using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.LayerNorms;

/// <summary>Command R7B: three layers with a sliding window and rotary positions, then one with neither. Its graph has no biases.</summary>
internal static class Cohere2
{
    public static Family Family { get; } =
        CommandR.Family with
        {
            Architecture = "cohere2",
            Classes = ["Cohere2ForCausalLM"],
            ModelType = "cohere2",
            Defaults = """
                {"vocab_size": 256000, "hidden_size": 8192, "intermediate_size": 22528, "num_hidden_layers": 40, "num_attention_heads": 64,
                 "max_position_embeddings": 8192, "layer_norm_eps": 1e-5, "rope_theta": 10000.0, "logit_scale": 0.0625, "sliding_window": 4096,
                 "tie_word_embeddings": true, "hidden_act": "silu"}
                """,
            Metadata =
            [
                .. Decoder.Settings,
                Setting.Length("attention.head_count_kv", "kv"),
                Setting.Length("attention.key_length", "head"),
                Setting.Length("attention.value_length", "head"),
                Setting.Number("logit_scale", "logit_scale"),
                Setting.Whole("attention.sliding_window", "sliding_window"),
                Setting.Length("vocab_size", "vocab"),
                new MetadataRule("rope.dimension_count", static (config, measures) => (uint)((config.Rope.PartialFactor ?? 1) * measures.Of("head"))),
                Setting.Fixed("rope.scaling.type", "none"),
            ],
            Back =
            [
                .. Decoder.LayerNormConfig,
                Back.Of("rope_scaling", static _ => null),
                Back.Number("logit_scale", "logit_scale"),
                Back.Whole("sliding_window", "attention.sliding_window"),
                Decoder.KindsOfLayers(4),
            ],
            Computation = CommandR.Family.Computation! with
            {
                Windows = new WindowRule(4) { OnlyWindowsTurn = true, Stretches = true },
            },
            LayerTensors =
            [
                Tensor.Norm("input_layernorm", "attn_norm"),
                .. Decoder
                    .Attention.Concat(Decoder.GatedFeedForward)
                    .Select(static rule => rule with { IsZero = rule.Target.EndsWith(".bias", StringComparison.Ordinal) }),
            ],
        };
}
