using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Dense;

namespace Ilab.Gguf.Families.Variants;

/// <summary>The text part of LLaVA and of others that put a picture's features among the tokens of a Llama. It comes back as a Llama.</summary>
internal static class Llava
{
    public static Family Family { get; } =
        Llama.Family with
        {
            Classes = ["LlavaForConditionalGeneration", "VoxtralForConditionalGeneration"],
            ModelType = "llava",
            Ignored =
            [
                "vision_tower.*",
                "multi_modal_projector.*",
                "audio_tower.*",
                "model.vision_tower.*",
                "model.multi_modal_projector.*",
                "model.audio_tower.*",
            ],
            Renames = [("model.language_model.", "model."), ("language_model.", "")],
            Warnings = static _ => [Qwen2Vl.TextOnly],
        };
}
