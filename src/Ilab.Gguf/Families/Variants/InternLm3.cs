using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Dense;

namespace Ilab.Gguf.Families.Variants;

/// <summary>InternLM 3: the form of Llama, with biases on queries, keys and values in some. It comes back as a Llama.</summary>
internal static class InternLm3
{
    public static Family Family { get; } =
        Llama.Family with
        {
            Classes = ["InternLM3ForCausalLM"],
            ModelType = "internlm3",
            Vocabulary = new VocabularyRules { SaysSpacePrefix = true },
        };
}
