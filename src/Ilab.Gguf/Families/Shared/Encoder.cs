using Ilab.Gguf.Description;

namespace Ilab.Gguf.Families.Shared;

/// <summary>What encoders have in common: no causal mask, and how the states of a text become one vector.</summary>
internal static class Encoder
{
    private const uint Mean = 1,
        First = 2;

    public static IReadOnlyList<MetadataRule> Settings { get; } = [.. Decoder.Settings, Setting.Fixed("attention.causal", false)];

    /// <summary>What configs of encoders say, from the settings of a GGUF.</summary>
    public static IReadOnlyList<ConfigRule> Config { get; } =
    [
        Back.Length("hidden_size", "embedding_length"),
        Back.Length("intermediate_size", "feed_forward_length"),
        Back.Length("num_hidden_layers", "block_count"),
        Back.Length("num_attention_heads", "attention.head_count"),
        Back.Of("vocab_size", static source => source.Vocabulary),
        Back.Of("max_position_embeddings", static source => source.Whole("context_length") ?? 512),
        Back.Fixed("tie_word_embeddings", true),
    ];

    /// <summary>How a config says that texts are summed up.</summary>
    public static MetadataRule Pooling { get; } =
        Setting.Of(
            "classifier.pooling_type",
            static config =>
                config.Text("classifier_pooling") switch
                {
                    "cls" => First,
                    "mean" => Mean,
                    _ => null,
                }
        );

    /// <summary>The same on the way back.</summary>
    public static ConfigRule PoolingConfig { get; } =
        Back.Of(
            "classifier_pooling",
            static source =>
                source.Whole("classifier.pooling_type") switch
                {
                    First => "cls",
                    Mean => "mean",
                    _ => null,
                }
        );
}
