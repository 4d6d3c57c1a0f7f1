using Ilab.Native.Llama.Ggml;
using Ilab.Runner.Training.Data;
using Ilab.Runner.Training.Graph;
using Ilab.Testing.Models;

namespace Ilab.Runner.Tests.Training.Graph;

/// <summary>Computing activations again gives the gradients of keeping them, in less memory.</summary>
[Collection(NativeCompute.Name)]
public sealed class CheckpointedGraphTests
{
    [Theory]
    [InlineData("llama", 0)]
    [InlineData("qwen3", 0.2f)]
    public void AdaptersGetTheSameGradients(string architecture, float dropout)
    {
        using var file = new TestModel(new TransformerShape(architecture, Layers: 4));
        using var model = file.ForAdapters(dropout: dropout);
        Compare(model);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WholeModelsGetTheSameGradients(bool tied)
    {
        using var file = new TestModel(new TransformerShape(Layers: 3) { IsTied = tied });
        using var model = TrainingModel.Whole(GgmlBackend.Open(2), [file.Path]);
        Compare(model);
    }

    /// <summary>Only the input of each layer is kept, beside the graphs: nothing of a layer outlives it in the memory that all graphs share.</summary>
    [Theory]
    [InlineData("llama")]
    [InlineData("qwen3")]
    public void MoreLayersTakeNoMoreOfTheSharedMemory(string architecture)
    {
        var (few, many) = (Bytes(2), Bytes(12));
        Assert.InRange(many, few * 0.99, few * 1.01);

        long Bytes(int layers)
        {
            using var file = new TestModel(new TransformerShape(architecture, Layers: layers));
            using var model = file.ForAdapters();
            using var memory = new GgmlGraphMemory(model.Backend);
            using var graph = new CheckpointedGraph(model, TestModel.Batch(length: 48, sequences: 2, vocabulary: 288).Shape, memory);
            return memory.Size;
        }
    }

    private static void Compare(TrainingModel model)
    {
        var batch = TestModel.Batch(length: 48, sequences: 2, vocabulary: 288);
        var (kept, keptLoss, keptBytes) = Gradients(model, batch, memory => new TrainingGraph(model, batch.Shape, memory));
        var (again, againLoss, againBytes) = Gradients(model, batch, memory => new CheckpointedGraph(model, batch.Shape, memory));

        Assert.Equal(keptLoss, againLoss, 1e-4);
        Assert.All(kept, entry => Assert.InRange(TestModel.LargestDifference(entry.Value, again[entry.Key]), 0, 1e-5f * (1 + entry.Value.Max(Math.Abs))));
        Assert.True(againBytes < keptBytes * 0.7, $"{againBytes} bytes instead of {keptBytes}");
    }

    private static (Dictionary<string, float[]> Gradients, double Loss, long Bytes) Gradients(
        TrainingModel model,
        TrainingBatch batch,
        Func<GgmlGraphMemory, IBatchGraph> make
    )
    {
        using var memory = new GgmlGraphMemory(model.Backend);
        using var graph = make(memory);
        model.Parameters.ClearGradients();
        graph.Compute(batch, 1, (1, 2));
        model.Parameters.ClearGradients();
        var loss = graph.Compute(batch, 1, (1, 2));
        return (model.Parameters.All.ToDictionary(static parameter => parameter.Name, static parameter => parameter.Gradient.ToArray()), loss, memory.Size);
    }
}
