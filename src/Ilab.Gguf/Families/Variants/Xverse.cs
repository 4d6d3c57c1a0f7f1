using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Dense;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Variants;

/// <summary>XVERSE: Llama under another name.</summary>
internal static class Xverse
{
    public static Family Family { get; } =
        Llama.Family with
        {
            Architecture = "xverse",
            Classes = ["XverseForCausalLM"],
            ModelType = "xverse",
            Metadata =
            [
                .. Decoder.Settings,
                Setting.Fixed("tensor_data_layout", "Meta AI original pth"),
                Setting.Length("rope.dimension_count", "hidden / heads"),
            ],
            Back = [.. Decoder.Config, Decoder.SharedHeads],
            Computation = new Computation { Turning = Turning.Neighbours },
            Computed = [],
            Vocabulary = new VocabularyRules(),
            Warnings = null,
        };
}
