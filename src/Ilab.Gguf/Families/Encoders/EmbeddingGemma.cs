using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Dense;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Encoders;

/// <summary>EmbeddingGemma: Gemma 3 without a causal mask, for embeddings.</summary>
internal static class EmbeddingGemma
{
    public static Family Family { get; } =
        Gemma3.Family with
        {
            Architecture = "gemma-embedding",
            Classes = ["Gemma3TextModel"],
            ModelType = "gemma3_text",
            Back = [.. Gemma3.Family.Back!, Back.Fixed("use_bidirectional_attention", true)],
            SavedAs = [("model.", "")],
            Computation = null,
            Untrained = Untrained.Encoder,
            IsEncoder = true,
        };
}
