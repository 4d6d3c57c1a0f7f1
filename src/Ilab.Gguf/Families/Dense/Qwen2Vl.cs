using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Dense;

/// <summary>The text part of Qwen 2 VL and 2.5 VL: positions have an axis for time, height and width.</summary>
internal static class Qwen2Vl
{
    /// <summary>Tensors of the eyes.</summary>
    public static readonly string[] Vision = ["visual.*", "model.visual.*"];

    /// <summary>Where the text part is in the whole.</summary>
    public static readonly (string From, string To)[] Saved = [("model.", "model.language_model.")];

    public static Family Family { get; } =
        Qwen2.Family with
        {
            Architecture = "qwen2vl",
            Classes = ["Qwen2VLForConditionalGeneration", "Qwen2_5_VLForConditionalGeneration"],
            ModelType = "qwen2_5_vl",
            Defaults = """
                {"vocab_size": 152064, "hidden_size": 8192, "intermediate_size": 29568, "num_hidden_layers": 80, "num_attention_heads": 64,
                 "num_key_value_heads": 8, "max_position_embeddings": 32768, "rms_norm_eps": 1e-5, "rope_theta": 1000000.0,
                 "use_sliding_window": false, "tie_word_embeddings": false, "hidden_act": "silu"}
                """,
            Back =
            [
                .. Qwen2.Family.Back!,
                Back.Fixed("architectures", (string[])["Qwen2_5_VLForConditionalGeneration"]),
                Back.Of("rope_scaling", Positions.ScalingOfAxes),
            ],
            SavedAs = Saved,
            Part = new TextPart("qwen2_5_vl_text", static source => Eyes(source, "qwen2_5_vl")),
            Ignored = Vision,
            Renames = [("language_model.", "")],
            Warnings = static config => [.. Qwen2.Window(config), TextOnly],
        };

    /// <summary>The smallest eyes that the class can be made with: their weights are not in a GGUF.</summary>
    public static Dictionary<string, object?> Eyes(GgufSource source, string modelType) =>
        new()
        {
            ["model_type"] = modelType,
            ["depth"] = 0,
            ["hidden_size"] = 64,
            ["num_heads"] = 4,
            ["intermediate_size"] = 64,
            ["out_hidden_size"] = source.Required("embedding_length"),
        };

    public const string TextOnly = "only the text part is converted: the model does not see pictures";
}
