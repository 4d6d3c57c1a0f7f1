using Ilab.Gguf.Description;

namespace Ilab.Gguf.Families.Dense;

/// <summary>The text part of Qwen 2 VL and 2.5 VL: positions have an axis for time, height and width.</summary>
internal static class Qwen2Vl
{
    /// <summary>Tensors of the eyes.</summary>
    public static readonly string[] Vision = ["visual.*", "model.visual.*"];

    public static Family Family { get; } =
        Qwen2.Family with
        {
            Architecture = "qwen2vl",
            Classes = ["Qwen2VLForConditionalGeneration", "Qwen2_5_VLForConditionalGeneration"],
            ModelType = "qwen2_5_vl",
            Back = null,
            Ignored = Vision,
            Renames = [("language_model.", "")],
            Warnings = static config => [.. Qwen2.Window(config), TextOnly],
        };

    public const string TextOnly = "only the text part is converted: the model does not see pictures";
}
