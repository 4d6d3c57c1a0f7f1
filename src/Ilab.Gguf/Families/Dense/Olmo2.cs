using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Dense;

/// <summary>OLMo 2: norms after attention and feed-forward, norms over whole projections. The way back is also that of <see cref="Olmo3"/>.</summary>
internal static class Olmo2
{
    private const int Period = 4;

    public static Family Family { get; } =
        new()
        {
            Architecture = "olmo2",
            Classes = ["Olmo2ForCausalLM"],
            ModelType = "olmo2",
            Defaults = """
                {"vocab_size": 50304, "hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 32, "num_attention_heads": 32,
                 "max_position_embeddings": 2048, "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "tie_word_embeddings": false, "hidden_act": "silu"}
                """,
            Metadata =
            [
                .. Decoder.Settings,
                Setting.Length("attention.head_count_kv", "kv"),
                Setting.Whole("attention.sliding_window", "sliding_window"),
                Setting.Of("attention.sliding_window_pattern", Pattern),
            ],
            Tensors = Decoder.Embeddings,
            Back =
            [
                .. Decoder.Config,
                Back.Of("head_dim", static _ => null),
                Back.Of("architectures", static source => source.Whole("attention.sliding_window") is null ? null : new[] { "Olmo3ForCausalLM" }),
                Back.Of("model_type", static source => source.Whole("attention.sliding_window") is null ? "olmo2" : "olmo3"),
                Back.Whole("sliding_window", "attention.sliding_window"),
                Back.Of("layer_types", Kinds),
            ],
            Computation = new Computation { NormsBefore = false, Windows = new WindowRule(Period) },
            LayerTensors =
            [
                .. Decoder.Attention,
                Tensor.Norm("self_attn.q_norm", "attn_q_norm", "q"),
                Tensor.Norm("self_attn.k_norm", "attn_k_norm", "k"),
                .. Decoder.GatedFeedForward,
                Tensor.Norm("post_attention_layernorm", "post_attention_norm"),
                Tensor.Norm("post_feedforward_layernorm", "post_ffw_norm"),
            ],
            Vocabulary = new VocabularyRules { PreTokenizers = ["dbrx"] },
            Activations = ["silu"],
        };

    private static object? Pattern(ModelConfig config) =>
        config.Whole("sliding_window") is null ? null
        : config.Texts("layer_types") is { Length: > 0 } types ? Array.ConvertAll(types, static type => type == "sliding_attention")
        : Enumerable.Range(1, (int)Math.Clamp(config.Whole("num_hidden_layers") ?? 0, 0, 4096)).Select(static layer => layer % Period != 0).ToArray();

    /// <summary>Kinds of layers that a list of flags says.</summary>
    public static string[]? Kinds(GgufSource source) =>
        source.Flags("attention.sliding_window_pattern") is { } flags ? Decoder.KindsOf(source, layer => layer < flags.Length && flags[layer]) : null;
}
