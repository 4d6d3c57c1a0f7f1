using Ilab.Gguf;
using Ilab.Native.Llama.Ggml;
using Ilab.Runner.Training.Data;
using Ilab.Runner.Training.Graph;
using Ilab.Testing.Models;

namespace Ilab.Runner.Tests.Training.Graph;

/// <summary>Gradients against central differences of the loss, for every kind of parameter.</summary>
[Collection(NativeCompute.Name)]
public sealed class GradientTests
{
    private const double Tolerance = 5e-3,
        Bar = 0.03;

    [Theory]
    [InlineData("llama")]
    [InlineData("qwen2")]
    [InlineData("qwen3")]
    [InlineData("granite")]
    public void AdaptersHaveTheGradientOfTheLoss(string architecture)
    {
        using var file = new TestModel(new TransformerShape(architecture));
        using var model = file.ForAdapters();
        var worst = Worst(model, Packed());

        Assert.Equal(28, worst.Count);
        Assert.DoesNotContain(worst, static entry => entry.Error > Tolerance);
    }

    [Theory]
    [InlineData("llama", true)]
    [InlineData("qwen2", false)]
    [InlineData("qwen3", false)]
    [InlineData("granite", true)]
    public void WholeModelsHaveTheGradientOfTheLoss(string architecture, bool tied)
    {
        using var file = new TestModel(new TransformerShape(architecture, Layers: 1) { IsTied = tied });
        using var model = TrainingModel.Whole(GgmlBackend.Open(2), [file.Path]);
        var worst = Worst(model, Packed());

        Assert.Contains(worst, static entry => entry.Name == "token_embd.weight");
        Assert.Contains(worst, static entry => entry.Name == "blk.0.attn_norm.weight");
        Assert.Equal(architecture == "qwen2", worst.Exists(static entry => entry.Name == "blk.0.attn_k.bias"));
        Assert.Equal(architecture == "qwen3", worst.Exists(static entry => entry.Name == "blk.0.attn_k_norm.weight"));
        Assert.DoesNotContain(worst, static entry => entry.Error > Tolerance);
    }

    [Fact]
    public void TheSameDrawDropsTheSame()
    {
        using var file = new TestModel(new TransformerShape());
        using var model = file.ForAdapters(dropout: 0.3f);
        var (own, same, other) = (Gradients(model, Packed(), (1, 2)), Gradients(model, Packed(), (1, 2)), Gradients(model, Packed(), (1, 3)));

        Assert.All(own, entry => Assert.Equal(entry.Value, same[entry.Key]));
        Assert.Contains(own, entry => !entry.Value.SequenceEqual(other[entry.Key]));
    }

    [Theory]
    [InlineData(GgmlType.F16, 1)]
    [InlineData(GgmlType.BF16, 32)]
    [InlineData(GgmlType.Q8_0, 7)]
    [InlineData(GgmlType.Q4_0, 2)]
    [InlineData(GgmlType.Q4_K, 14)]
    [InlineData(GgmlType.Q5_K, 16)]
    [InlineData(GgmlType.Q6_K, 18)]
    [InlineData(GgmlType.Q3_K, 12)]
    [InlineData(GgmlType.Q2_K, 10)]
    [InlineData(GgmlType.IQ4_XS, 30)]
    public void AQuantizedBaseGivesTheGradientsOfItsDequantizedCopy(GgmlType type, int fileType)
    {
        using var file = new TestModel(new TransformerShape(Embedding: 256, FeedForward: 256));
        file.Quantize(fileType);
        Assert.Contains(GgufFile.Read(file.Path).Tensors, tensor => tensor.Name == "blk.0.ffn_up.weight" && tensor.Type == type);
        using var quantized = file.ForAdapters();
        var batch = Packed();
        var own = Gradients(quantized, batch);
        using var model = file.ForAdapters(dequantized: true);
        var exact = Gradients(model, batch);

        Assert.All(exact, entry => Assert.InRange(Distance(entry.Value, own[entry.Key]), 0, Bar));
    }

    [Fact]
    public void RowsThatDoNotCountChangeNothing()
    {
        using var file = new TestModel(new TransformerShape());
        using var model = file.ForAdapters();
        var batch = Packed();
        var some = batch with { Learned = 5 };
        var fewer = some with { Shape = batch.Shape with { Rows = 5 }, Rows = batch.Rows[..5], Targets = batch.Targets[..5] };

        var (with, without) = (Gradients(model, some), Gradients(model, fewer));
        Assert.All(with, entry => Assert.InRange(TestModel.LargestDifference(entry.Value, without[entry.Key]), 0, 1e-6f));
    }

    /// <summary>Two sequences, two samples in each, every third row learned.</summary>
    private static TrainingBatch Packed()
    {
        var batch = TestModel.Batch(length: 12, sequences: 2, vocabulary: 288);
        var rows = batch.Rows.Where(static row => row % 3 == 1).ToArray();
        return batch with
        {
            Shape = batch.Shape with { Rows = rows.Length },
            Segments = [.. Enumerable.Range(0, 24).Select(static index => index / 7)],
            Rows = rows,
            Targets = [.. rows.Select(row => batch.Targets[row])],
            Learned = rows.Length,
        };
    }

    private static Dictionary<string, float[]> Gradients(TrainingModel model, TrainingBatch batch, (int, int) draw = default)
    {
        using var memory = new GgmlGraphMemory(model.Backend);
        using var graph = new TrainingGraph(model, batch.Shape, memory);
        model.Parameters.ClearGradients();
        graph.Compute(batch, 1, draw);
        return model.Parameters.All.ToDictionary(static parameter => parameter.Name, static parameter => parameter.Gradient.ToArray());
    }

    /// <summary>Of each parameter: how far the derivative along its gradient, and at its steepest number, are from the differences.</summary>
    private static List<(string Name, double Error)> Worst(TrainingModel model, TrainingBatch batch)
    {
        var gradients = Gradients(model, batch);
        using var memory = new GgmlGraphMemory(model.Backend);
        using var graph = new TrainingGraph(model, batch.Shape, memory, forwardOnly: true);
        var worst = new List<(string, double)>();
        foreach (var parameter in model.Parameters.All)
        {
            var gradient = gradients[parameter.Name];
            var steepest = Enumerable.Range(0, gradient.Length).MaxBy(index => Math.Abs(gradient[index]));
            var single = new double[gradient.Length];
            single[steepest] = 1;
            var norm = Norm(gradient.Select(static value => (double)value));
            var along = gradient.Select(value => value / norm).ToArray();
            worst.Add((parameter.Name, Math.Max(Error(parameter, single, gradient[steepest]), Error(parameter, along, norm))));
        }

        return worst;

        double Error(Parameter parameter, double[] direction, double expected)
        {
            const double Step = 1e-2;
            var start = parameter.Value.ToArray();
            var difference = (Loss(Step) - Loss(-Step)) / (2 * Step);
            parameter.Value.Write<float>(start);
            return Math.Abs(difference - expected) / (Math.Abs(difference) + Math.Abs(expected));

            double Loss(double step)
            {
                parameter.Value.Write<float>(start.Select((value, index) => (float)(value + (step * direction[index]))).ToArray());
                return graph.Compute(batch, 1);
            }
        }
    }

    /// <summary>Relative to the first.</summary>
    private static double Distance(IEnumerable<float> exact, IEnumerable<float> other) =>
        Norm(exact.Zip(other, static (a, b) => (double)a - b)) / Norm(exact.Select(static a => (double)a));

    private static double Norm(IEnumerable<double> values) => Math.Sqrt(values.Sum(static value => value * value));
}
