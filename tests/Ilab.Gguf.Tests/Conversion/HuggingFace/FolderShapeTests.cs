using Ilab.Gguf.Conversion;
using Ilab.Gguf.Conversion.HuggingFace;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Gguf.Tests.Conversion.HuggingFace;

/// <summary>What a folder of weights says of itself is what the header of its GGUF would say.</summary>
public sealed class FolderShapeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("LlamaForCausalLM")]
    [InlineData("Qwen2ForCausalLM")]
    [InlineData("Qwen3ForCausalLM")]
    [InlineData("Phi3ForCausalLM")]
    [InlineData("GraniteForCausalLM")]
    [InlineData("GPT2LMHeadModel")]
    [InlineData("MixtralForCausalLM")]
    public void AFolderHasTheMeasuresOfItsFile(string className)
    {
        var checkpoint = new FamilyCheckpoint(_folder.Path, className);
        using var source = new SourceFolder(_folder.Path, static path => File.OpenHandle(path));
        var shape = FolderShape.Read(source);
        var header = GgufFile.Read(checkpoint.Convert());
        Assert.Equal(header.GetString("general.architecture"), shape.Architecture);
        Assert.Equal(Of("embedding_length"), shape.Hidden);
        Assert.Equal(Of("block_count"), shape.Layers);
        Assert.Equal(Of("attention.head_count"), shape.Heads);
        Assert.Equal(Of("attention.head_count_kv") is > 0 and var own ? own : shape.Heads, shape.KeyHeads);
        Assert.Equal(Of("feed_forward_length"), shape.FeedForward);
        Assert.Equal(Of("context_length"), shape.Context);
        Assert.Equal(header.GetCount("tokenizer.ggml.tokens"), (ulong)shape.Vocabulary);
        Assert.Equal(header.Tensors.Any(static tensor => tensor.Name == "output.weight"), shape.HasOwnHead);
        var elements = header.Tensors.Aggregate(0UL, static (sum, tensor) => sum + tensor.Elements);
        Assert.InRange((double)shape.Parameters, elements * 0.99, elements * 1.01);
        Assert.InRange(
            shape.Bytes,
            header.Tensors.Sum(static tensor => (double)tensor.Bytes) * 0.9,
            header.Tensors.Sum(static tensor => (double)tensor.Bytes) * 1.1
        );

        int Of(string key) => (int)(header.GetUnsigned($"{shape.Architecture}.{key}") ?? 0);
    }

    [Fact]
    public void AFolderWithoutWeightsIsRefusedInOneLine()
    {
        File.WriteAllText(Path.Combine(_folder.Path, "config.json"), """{"architectures": ["LlamaForCausalLM"], "hidden_size": 64}""");
        using var source = new SourceFolder(_folder.Path, static path => File.OpenHandle(path));
        Assert.DoesNotContain('\n', Assert.Throws<ConversionException>(() => FolderShape.Read(source)).Message);
    }
}
