using Ilab.Engine.Planning;

namespace Ilab.Engine.Tests.Planning;

/// <summary>Models of which only the name is known.</summary>
public sealed class GuessedModelTests
{
    [Theory]
    [InlineData("meta-llama/Llama-3.1-8B-Instruct", 8e9, 16e9)]
    [InlineData("Qwen/Qwen3-0.6B", 0.6e9, 1.2e9)]
    [InlineData("HuggingFaceTB/SmolLM2-135M-Instruct", 135e6, 270e6)]
    [InlineData("mistralai/Mixtral-8x7B-v0.1", 46.48e9, 92.96e9)]
    [InlineData("7B", 7e9, 14e9)]
    [InlineData("llama-70b-Q4_K_M.gguf", 70e9, 42.4375e9)]
    [InlineData("org/model-3B:Q8_0", 3e9, 3.1875e9)]
    [InlineData("model-1.5b-f32", 1.5e9, 6e9)]
    public void TheNameSaysTheSize(string name, double parameters, double bytes)
    {
        var guessed = GuessedModel.OfName(name)!;
        Assert.Equal(parameters, guessed.Parameters, parameters * 1e-6);
        Assert.Equal(bytes, guessed.Size, bytes * 1e-3);
        Assert.True(guessed is { Layers: > 0, Embedding: > 0, Heads: > 0, KvHeads: > 0, HeadDimension: > 0, Vocabulary: > 0 });
    }

    [Theory]
    [InlineData("granite")]
    [InlineData("gpt2")]
    [InlineData("v4M1")]
    [InlineData("a99999B")]
    [InlineData("")]
    public void OtherNamesSayNothing(string name) => Assert.Null(GuessedModel.OfName(name));
}
