using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Dense;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Variants;

/// <summary>
/// EXAONE 4: norms after attention and feed-forward as in OLMo 2, norms of heads; in the larger one only layers with a window have positions.
/// </summary>
internal static class Exaone4
{
    private const int Large = 64;

    public static Family Family { get; } =
        Olmo2.Family with
        {
            Architecture = "exaone4",
            Classes = ["Exaone4ForCausalLM"],
            ModelType = "exaone4",
            Defaults = """
                {"vocab_size": 102400, "hidden_size": 4096, "intermediate_size": 16384, "num_hidden_layers": 32, "num_attention_heads": 32,
                 "num_key_value_heads": 32, "max_position_embeddings": 2048, "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "sliding_window": 4096,
                 "sliding_window_pattern": 4, "tie_word_embeddings": false, "hidden_act": "silu"}
                """,
            Metadata =
            [
                .. Decoder.Settings,
                Setting.Length("vocab_size", "vocab"),
                Setting.Whole("attention.sliding_window", "sliding_window"),
                Setting.Of("attention.sliding_window_pattern", Pattern),
            ],
            Back =
            [
                .. Decoder.Config,
                Back.Of("sliding_window", static source => source.Whole("attention.sliding_window") ?? Back.Null),
                Back.Of("sliding_window_pattern", static source => source.Whole("attention.sliding_window") is null ? Back.Null : null),
                Back.Of("layer_types", Olmo2.Kinds),
            ],
            Computation = new Computation
            {
                NormsBefore = false,
                Windows = new WindowRule(4)
                {
                    OnlyWindowsTurn = true,
                    AllTurnWithout = true,
                    Stretches = true,
                },
            },
            LayerTensors =
            [
                .. Decoder.Attention,
                .. Decoder.HeadNorms,
                .. Decoder.GatedFeedForward,
                Tensor.Norm("post_attention_layernorm", "post_attention_norm"),
                Tensor.Norm("post_feedforward_layernorm", "post_ffw_norm"),
            ],
            Computed = [Positions.Llama3Factors],
            Warnings = Differences,
            Vocabulary = new VocabularyRules { PreTokenizers = ["exaone4", "gpt-4o", "exaone"] },
        };

    // The engine knows the one large model that has windows by its layers.
    private static IEnumerable<string> Differences(ModelConfig config) =>
        config.Whole("sliding_window") is > 0 && config.Whole("num_hidden_layers") is not Large
            ? [$"the engine has the windows of this family (sliding_window), and layers without positions, in models of {Large} layers only: answers differ"]
            : [];

    // A letter for each layer of a period, or its length.
    private static object? Pattern(ModelConfig config)
    {
        if (config.Whole("sliding_window") is null)
        {
            return null;
        }

        if (config.Texts("layer_types") is { Length: > 0 } types)
        {
            return Array.ConvertAll(types, static type => type == "sliding_attention");
        }

        var layers = (int)Math.Clamp(config.Whole("num_hidden_layers") ?? 0, 0, 4096);
        return config.Text("sliding_window_pattern") is { Length: > 0 } letters
                ? Enumerable.Range(0, layers).Select(layer => letters[layer % letters.Length] == 'L').ToArray()
            : config.Whole("sliding_window_pattern") is { } period and > 0 ? Enumerable.Range(1, layers).Select(layer => layer % period != 0).ToArray()
            : null;
    }
}
