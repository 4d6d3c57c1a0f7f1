using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;
using Ilab.Gguf.Json;

namespace Ilab.Gguf.Families.Dense;

/// <summary>The text part of Qwen 3 VL.</summary>
internal static class Qwen3Vl
{
    public static Family Family { get; } =
        Qwen3.Family with
        {
            Architecture = "qwen3vl",
            Classes = ["Qwen3VLForConditionalGeneration"],
            ModelType = "qwen3_vl",
            Metadata =
            [
                .. Decoder.Settings,
                Setting.Of("n_deepstack_layers", static config => (uint)config.Find("vision_config").Find("deepstack_visual_indexes").Items().Count()),
            ],
            Ignored = Qwen2Vl.Vision,
            Renames = [("language_model.", "")],
            Warnings = static _ => [Qwen2Vl.TextOnly],
            Back = null,
        };
}
