using Ilab.Gguf.Description;

namespace Ilab.Gguf.Families.Shared;

/// <summary>What encoders have in common: no causal mask, and how the states of a text become one vector.</summary>
internal static class Encoder
{
    private const uint Mean = 1,
        First = 2;

    public static IReadOnlyList<MetadataRule> Settings { get; } = [.. Decoder.Settings, Setting.Fixed("attention.causal", false)];

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
}
