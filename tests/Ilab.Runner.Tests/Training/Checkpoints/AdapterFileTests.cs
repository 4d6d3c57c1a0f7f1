using Ilab.Gguf;
using Ilab.Native.Llama.Ggml;
using Ilab.Runner.Training.Checkpoints;
using Ilab.Runner.Training.Graph;
using Ilab.Testing.Models;

namespace Ilab.Runner.Tests.Training.Checkpoints;

/// <summary>What was trained is what llama.cpp then says.</summary>
[Collection(NativeCompute.Name)]
public sealed class AdapterFileTests
{
    [Theory]
    [InlineData("llama", GgmlType.F32, 1e-4f)]
    [InlineData("qwen3", GgmlType.F32, 1e-4f)]
    [InlineData("granite", GgmlType.F32, 1e-4f)]
    [InlineData("llama", GgmlType.Q8_0, 5e-2f)]
    public void LogitsWithTheAdapterAreThoseOfTheTrainedGraph(string architecture, GgmlType type, float tolerance)
    {
        using var file = new TestModel(new TransformerShape(architecture) { Type = type });
        using var model = file.ForAdapters();
        var batch = TestModel.Batch(length: 20, sequences: 2, vocabulary: 288);
        AdapterFile.Write(file.At("adapter.gguf"), model);

        using var memory = new GgmlGraphMemory(model.Backend);
        using var graph = new TrainingGraph(model, batch.Shape, memory, forwardOnly: true);
        graph.Compute(batch, 1);
        var (with, without) = (TestModel.LlamaLogits(file.Path, batch, file.At("adapter.gguf")), TestModel.LlamaLogits(file.Path, batch));

        Assert.InRange(TestModel.LargestDifference(with, graph.Logits()), 0, tolerance);
        Assert.True(TestModel.LargestDifference(with, without) > 0.1f, "the adapter changes nothing");
    }
}
