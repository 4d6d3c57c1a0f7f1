using Ilab.Gguf;
using Ilab.Native.Llama.Ggml;
using Ilab.Native.OneDnn;
using Ilab.Native.OneDnn.Training;
using Ilab.Runner.Training.Data;
using Ilab.Runner.Training.Graph;
using Ilab.Testing.Models;

namespace Ilab.Runner.Tests.Training.Graph;

/// <summary>The products of the accelerator give the gradients of ggml's, as exactly as its numbers are.</summary>
[Collection(NativeCompute.Name)]
public sealed class AcceleratedGraphTests
{
    [SkippableTheory]
    [InlineData(false, 1e-4)]
    [InlineData(true, 0.03)]
    public void AdaptersGetTheSameGradients(bool isShort, double tolerance)
    {
        using var file = new TestModel(new TransformerShape(Embedding: 128, FeedForward: 256));
        Compare(() => file.ForAdapters(), isShort, tolerance);
    }

    [SkippableFact]
    public void AdaptersOfAQuantizedBaseGetTheSameGradients()
    {
        using var file = new TestModel(new TransformerShape(Embedding: 128, FeedForward: 256) { Type = GgmlType.Q8_0 });
        Compare(() => file.ForAdapters(), isShort: true, 0.04);
    }

    [SkippableTheory]
    [InlineData(false, 1e-4)]
    [InlineData(true, 0.03)]
    public void WholeModelsGetTheSameGradients(bool isShort, double tolerance)
    {
        using var file = new TestModel(new TransformerShape(Embedding: 128, FeedForward: 256) { IsTied = true });
        Compare(() => TrainingModel.Whole(GgmlBackend.Open(2), [file.Path]), isShort, tolerance);
    }

    private static void Compare(Func<TrainingModel> open, bool isShort, double tolerance)
    {
        var batch = TestModel.Batch(length: 64, sequences: 3, vocabulary: 288);
        using var plain = open();
        var exact = Gradients(plain, batch, out _);
        var accelerator = Accelerator.TryStart(new AcceleratorOptions { Threads = 2 }, out var reason);
        Skip.If(accelerator?.Library is null, reason);
        using var model = open();
        model.Products = new TrainingProducts(accelerator!, 2, isShort);
        var own = Gradients(model, batch, out var count);

        Assert.True(count > 30, $"only {count} products were taken over");
        var difference = Math.Sqrt(
            exact.Sum(entry => entry.Value.Zip(own[entry.Key], static (a, b) => ((double)a - b) * (a - b)).Sum())
                / exact.Sum(static entry => entry.Value.Sum(static a => (double)a * a))
        );
        Assert.InRange(difference, 0, tolerance);
    }

    private static Dictionary<string, float[]> Gradients(TrainingModel model, TrainingBatch batch, out int products)
    {
        using var memory = new GgmlGraphMemory(model.Backend);
        using var graph = new TrainingGraph(model, batch.Shape, memory);
        model.Parameters.ClearGradients();
        graph.Compute(batch, 1);
        products = graph.Products;
        return model.Parameters.All.ToDictionary(static parameter => parameter.Name, static parameter => parameter.Gradient.ToArray());
    }
}
