using Ilab.Native.Llama.Ggml;
using Ilab.Native.Llama.Loading;
using Ilab.Runner.Training.Data;
using Ilab.Runner.Training.Graph;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Runner.Tests.Training.Graph;

/// <summary>The graph that is trained computes what llama.cpp computes when the model is used.</summary>
[Collection(NativeCompute.Name)]
public sealed class ForwardTests
{
    [Theory]
    [InlineData("llama", false)]
    [InlineData("llama", true)]
    [InlineData("qwen2", false)]
    [InlineData("qwen3", true)]
    [InlineData("granite", true)]
    public void LogitsAreThoseOfLlama(string architecture, bool tied)
    {
        using var file = new TestModel(new TransformerShape(architecture) { IsTied = tied });
        var batch = TestModel.Batch(length: 24, sequences: 2, vocabulary: 288);

        Assert.InRange(TestModel.LargestDifference(TestModel.LlamaLogits(file.Path, batch), Logits(file.Path, batch)), 0, 1e-4f);
    }

    [SkippableFact]
    public void LogitsOfARealModelAreThoseOfLlama()
    {
        Skip.If(TestPaths.Stories is null, "the small real model is not there");
        NativeLibraries.Load(TestPaths.NativeLibraries);
        NativeLog.SendTo(static (_, _) => { });
        var batch = TestModel.Batch(length: 64, sequences: 3, vocabulary: 512);

        Assert.InRange(TestModel.LargestDifference(TestModel.LlamaLogits(TestPaths.Stories!, batch), Logits(TestPaths.Stories!, batch)), 0, 1e-4f);
    }

    [Fact]
    public void PackedSamplesDoNotSeeEachOther()
    {
        using var file = new TestModel(new TransformerShape());
        var batch = TestModel.Batch(length: 16, sequences: 1, vocabulary: 288);
        var packed = batch with { Segments = [.. Enumerable.Range(0, 16).Select(static index => index < 10 ? 1 : 2)] };
        var second = TestModel.Batch(6, 1, 288) with { Tokens = batch.Tokens[10..] };

        Assert.InRange(TestModel.LargestDifference(Logits(file.Path, packed)[(10 * 288)..], Logits(file.Path, second)), 0, 1e-4f);
    }

    private static float[] Logits(string path, TrainingBatch batch)
    {
        using var model = TrainingModel.WithAdapters(GgmlBackend.Open(2), [path], new LoraOptions(4, 8, []));
        using var memory = new GgmlGraphMemory(model.Backend);
        using var graph = new TrainingGraph(model, batch.Shape, memory, forwardOnly: true);
        graph.Compute(batch, 1);
        return graph.Logits();
    }
}
