using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Dense;

/// <summary>Gemma 2: norms after attention and after the feed-forward part, soft caps, every other layer with a sliding window.</summary>
internal static class Gemma2
{
    private const int LargestLayers = 46;

    public static IReadOnlyList<TensorRule> Norms { get; } =
    [
        Tensor.Norm("input_layernorm", "attn_norm", "hidden", Gemma.One),
        Tensor.Norm("post_attention_layernorm", "post_attention_norm", "hidden", Gemma.One),
        Tensor.Norm("pre_feedforward_layernorm", "ffn_norm", "hidden", Gemma.One),
        Tensor.Norm("post_feedforward_layernorm", "post_ffw_norm", "hidden", Gemma.One),
    ];

    public static Family Family { get; } =
        Gemma.Family with
        {
            Architecture = "gemma2",
            Classes = ["Gemma2ForCausalLM"],
            ModelType = "gemma2",
            Defaults = """
                {"vocab_size": 256000, "hidden_size": 2304, "intermediate_size": 9216, "num_hidden_layers": 26, "num_attention_heads": 8,
                 "num_key_value_heads": 4, "head_dim": 256, "max_position_embeddings": 8192, "rms_norm_eps": 1e-6, "rope_theta": 10000.0,
                 "query_pre_attn_scalar": 256, "sliding_window": 4096, "final_logit_softcapping": 30.0, "attn_logit_softcapping": 50.0,
                 "tie_word_embeddings": true}
                """,
            Metadata =
            [
                .. Gemma.Settings,
                Setting.Number("attn_logit_softcapping", "attn_logit_softcapping"),
                Setting.Number("final_logit_softcapping", "final_logit_softcapping"),
                Setting.Whole("attention.sliding_window", "sliding_window"),
            ],
            Back =
            [
                .. Gemma.Family.Back!,
                Back.Number("attn_logit_softcapping", "attn_logit_softcapping"),
                Back.Number("final_logit_softcapping", "final_logit_softcapping"),
                Back.Whole("sliding_window", "attention.sliding_window"),
                Decoder.KindsOfLayers(2),
                Back.Of("query_pre_attn_scalar", static source => ScalarOf(source, LargestLayers)),
            ],
            Computation = Gemma.Family.Computation! with
            {
                Windows = new WindowRule(2) { Length = 4096, Stretches = true },
                AttentionScale = static lengths => ScaleOf(lengths, isLargest: lengths.Layers == LargestLayers),
            },
            Vocabulary = new VocabularyRules { SpacePrefix = false },
            LayerTensors = [.. Norms, .. Decoder.Attention, .. Decoder.GatedFeedForward],
        };

    /// <summary>The largest model of a generation scales by what the width would give each head.</summary>
    public static double ScaleOf(DecoderMeasures lengths, bool isLargest) => 1 / Math.Sqrt(isLargest ? lengths.Width / lengths.Heads : lengths.Head);

    /// <summary>What a config has for <see cref="ScaleOf"/>.</summary>
    public static long ScalarOf(GgufSource source, int largestLayers) =>
        source.Layers == largestLayers ? (source.Whole("embedding_length") ?? 0) / Math.Max(1, source.Whole("attention.head_count") ?? 1) : source.Head;
}
