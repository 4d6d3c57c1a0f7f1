using Ilab.Gguf.Description;

namespace Ilab.Gguf.Families.Dense;

/// <summary>Granite 3: the form of Llama with four multipliers. head_dim of a config does not count.</summary>
internal static class Granite
{
    public static IReadOnlyList<MetadataRule> Multipliers { get; } =
    [
        Setting.Number("attention.scale", "attention_multiplier"),
        Setting.Number("embedding_scale", "embedding_multiplier"),
        Setting.Number("residual_scale", "residual_multiplier"),
        Setting.Number("logit_scale", "logits_scaling"),
    ];

    /// <summary>Llama's settings; heads are as long as the width says.</summary>
    public static IReadOnlyList<MetadataRule> Settings { get; } =
    [.. Llama.Settings, Setting.Of("attention.key_length", static _ => null), Setting.Of("attention.value_length", static _ => null), .. Multipliers];

    public static Family Family { get; } =
        Llama.Family with
        {
            Architecture = "granite",
            Classes = ["GraniteForCausalLM"],
            ModelType = "granite",
            Defaults = """
                {"vocab_size": 32000, "hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 32, "num_attention_heads": 32,
                 "max_position_embeddings": 2048, "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "embedding_multiplier": 1.0, "logits_scaling": 1.0,
                 "residual_multiplier": 1.0, "attention_multiplier": 1.0, "tie_word_embeddings": false, "hidden_act": "silu"}
                """,
            Measures = new Dictionary<string, string> { ["head"] = "hidden / heads" },
            Metadata = Settings,
            Back =
            [
                .. Llama.Family.Back!,
                Back.Of("head_dim", static _ => null),
                Back.Number("attention_multiplier", "attention.scale"),
                Back.Number("embedding_multiplier", "embedding_scale"),
                Back.Number("residual_multiplier", "residual_scale"),
                Back.Number("logits_scaling", "logit_scale"),
            ],
            Vocabulary = new VocabularyRules { SaysSpacePrefix = true, PreTokenizers = ["refact", "dbrx"] },
        };
}
