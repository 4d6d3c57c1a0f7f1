using Ilab.Gguf;
using Ilab.Native.Llama.Ggml;
using Ilab.Runner.Contract.Training;
using Ilab.Runner.Training.Graph;
using Ilab.Runner.Training.Optimization;
using Ilab.Testing.Models;

namespace Ilab.Runner.Tests.Training.Graph;

/// <summary>Graphs for devices that cannot call a function of this process, of ggml's operations alone: computed here by the processor, as a device
/// would.</summary>
[Collection(NativeCompute.Name)]
public sealed class PortableGraphTests
{
    [Theory]
    [InlineData(GgmlType.F32, 0, false)]
    [InlineData(GgmlType.F32, 0.25f, false)]
    [InlineData(GgmlType.F32, 0.25f, true)]
    [InlineData(GgmlType.Q8_0, 0, true)]
    public void LossGradientsAndStepsAreThoseOfTheProcessor(GgmlType type, float dropout, bool recomputed)
    {
        using var file = new TestModel(new TransformerShape(Embedding: 64, FeedForward: 96) { Type = type });
        using var own = file.ForAdapters(dropout: dropout);
        using var portable = file.ForAdapters(dropout: dropout, device: "cpu");
        Assert.True(own.Backend.CallsFunctions);
        Assert.False(portable.Backend.CallsFunctions);
        var (loss, norm, gradients) = Step(own, recomputed);
        var (portableLoss, portableNorm, portableGradients) = Step(portable, recomputed);

        Assert.Equal(loss, portableLoss, 1e-4 * loss);
        Assert.Equal(norm, portableNorm, 1e-4 * norm);
        var difference = Math.Sqrt(
            gradients.Zip(portableGradients, static (a, b) => ((double)a - b) * (a - b)).Sum() / gradients.Sum(static a => (double)a * a)
        );
        Assert.InRange(difference, 0, 1e-4);
        Assert.All(
            own.Parameters.All.Zip(portable.Parameters.All),
            static pair => Assert.InRange(TestModel.LargestDifference(pair.First.Value.ToArray(), pair.Second.Value.ToArray()), 0, 1e-4)
        );
    }

    [Fact]
    public void TheMemoryOfADeviceIsKnown()
    {
        using var file = new TestModel(new TransformerShape());
        using var backend = GgmlBackend.OpenDevice("cpu", 1);
        Assert.InRange(backend.FreeMemory, 1, long.MaxValue);
        Assert.Contains("cuda9", Assert.Throws<GgmlException>(() => GgmlBackend.OpenDevice("cuda9", 1)).Message, StringComparison.Ordinal);
    }

    private static (double Loss, double Norm, float[] Gradients) Step(TrainingModel model, bool recomputed)
    {
        var batch = TestModel.Batch(length: 32, sequences: 2, vocabulary: 288);
        using var memory = new GgmlGraphMemory(model.Backend);
        using IBatchGraph graph = recomputed ? new CheckpointedGraph(model, batch.Shape, memory) : new TrainingGraph(model, batch.Shape, memory);
        model.Parameters.ClearGradients();
        var loss = graph.Compute(batch, 1f / batch.Learned, (1, 2));
        using var optimizer = new AdamW(model, new TrainingSpec { Clip = 0.1f, WeightDecay = 0.01f });
        var gradients = model.Parameters.All.SelectMany(static parameter => parameter.Gradient.ToArray()).ToArray();
        return (loss, optimizer.Step(0, 0.01f), gradients);
    }
}
