using Ilab.Gguf.Description;

namespace Ilab.Gguf.Conversion.Tokenizers;

/// <summary>What is wanted of a folder's tokenizer.</summary>
/// <param name="Rules">Of the model's family.</param>
/// <param name="Count">Rows of the embedding.</param>
/// <param name="Config">The model's config.</param>
public sealed record VocabularyRequest(VocabularyRules Rules, int Count, ModelConfig Config);
