using Ilab.Gguf.Conversion;
using Ilab.Gguf.Conversion.Adapters;
using Ilab.Gguf.Decoders;
using Ilab.Runner.Inference;
using Ilab.Runner.Training.Checkpoints;
using Ilab.Runner.Training.Graph;
using Xunit.Abstractions;

namespace Ilab.Runner.Tests.Training.Graph;

/// <summary>Every family that can be trained: the graph computes what the engine computes, and learns what the formulas of its paper say.</summary>
[Collection(NativeCompute.Name)]
public sealed class FamilyTrainingTests(ITestOutputHelper output)
{
    private const float Near = 1e-4f,
        Coarse = 1e-2f;

    public static TheoryData<string> Cases => FamilyCases.Names;

    [Fact]
    public void EveryFamilyThatCanBeTrainedHasACase() => Assert.Empty(DecoderReader.Families.Except(FamilyCases.Architectures).Except(["qwen3vl"]));

    [Theory]
    [MemberData(nameof(Cases))]
    public void LogitsAreThoseOfTheEngine(string name)
    {
        using var file = new FamilyModelFile(name);
        var batch = TestModel.Batch(length: 16, sequences: 2, file.Vocabulary);
        using var model = file.ForAdapters();
        Clear(model);
        var difference = TestModel.LargestDifference(TestModel.LlamaLogits(file.Path, batch), FamilyModelFile.Logits(model, batch));

        output.WriteLine($"{name}: logits differ from the engine's by {difference:G2}");
        if (FamilyCases.IsOtherInEngine(name))
        {
            Assert.InRange(difference, Coarse, float.MaxValue);
            return;
        }

        Assert.InRange(difference, 0, FamilyCases.IsCoarse(name) ? Coarse : Near);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void GradientsAreThoseOfDifferences(string name)
    {
        using var file = new FamilyModelFile(name);
        using var model = file.ForAdapters();
        var (batch, plain) = (file.Batch(), new PlainTraining(file.Checkpoint, model));
        var (loss, gradients) = FamilyModelFile.Learn(model, batch);
        var expected = plain.Loss(batch);
        Assert.InRange(loss, expected * (1 - 1e-5), expected * (1 + 1e-5));
        var (kind, error) = plain.WorstSlope(gradients, batch);

        output.WriteLine($"{name}: gradients differ from differences by {error:G2} ({kind})");
        Assert.True(error < 1e-3, $"{kind}: {error}");
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void TwoStepsAreThoseOfTheFormulas(string name)
    {
        using var file = new FamilyModelFile(name);
        using var model = file.ForAdapters();
        var batch = file.Batch();
        var plain = new PlainTraining(file.Checkpoint, model);
        const float Rate = 0.05f;
        for (var step = 0; step < 2; step++)
        {
            var gradients = FamilyModelFile.Gradients(model, batch);
            plain.Step(batch, Rate);
            foreach (var parameter in model.Parameters.All)
            {
                parameter.Value.Write<float>(
                    parameter.Value.ToArray().Zip(gradients[parameter.Name], static (value, slope) => value - (Rate * slope)).ToArray()
                );
            }
        }

        var worst = plain.Worst(model);
        output.WriteLine($"{name}: two steps differ by {worst.Error:G2} of what they change ({worst.Name})");
        Assert.True(worst.Error < 1e-3, $"{worst.Name}: {worst.Error}");
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void TheAdapterSaysInTheEngineWhatItSaysHere(string name)
    {
        using var file = new FamilyModelFile(name);
        using var model = file.ForAdapters();
        var batch = TestModel.Batch(length: 16, sequences: 1, file.Vocabulary);
        var here = FamilyModelFile.Logits(model, batch);
        AdapterFile.Write(file.At("adapter.gguf"), model);
        MergedFile.Write(file.At("merged.gguf"), [file.Path], model);
        var (with, merged, without) = (
            TestModel.LlamaLogits(file.Path, batch, file.At("adapter.gguf")),
            TestModel.LlamaLogits(file.At("merged.gguf"), batch),
            TestModel.LlamaLogits(file.Path, batch)
        );

        var difference = TestModel.LargestDifference(with, merged);
        output.WriteLine($"{name}: adapter and merged model differ by {difference:G2}");
        if (!FamilyCases.IsOtherInEngine(name))
        {
            Assert.InRange(TestModel.LargestDifference(with, here), 0, FamilyCases.IsCoarse(name) ? Coarse : Near);
        }

        Assert.InRange(difference, 0, Near);
        Assert.True(TestModel.LargestDifference(with, without) > 0.02f, "the adapter changes nothing");
        using var trained = file.ForAdapters(path: file.At("merged.gguf"));
        Clear(trained);
        Assert.InRange(TestModel.LargestDifference(FamilyModelFile.Logits(trained, batch), here), 0, Near);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void AnAdapterGoesOutInPeftsFormAndComesBack(string name)
    {
        using var file = new FamilyModelFile(name);
        using var model = file.ForAdapters();
        AdapterFile.Write(file.At("adapter.gguf"), model);
        using (var export = PeftExporter.Prepare(file.At("adapter.gguf"), file.Checkpoint.Model))
        {
            export.Write(Directory.CreateDirectory(file.At("peft")).FullName, static _ => { }, CancellationToken.None);
        }

        using (var back = PeftConverter.Prepare(new SourceFolder(file.At("peft"), static path => File.OpenHandle(path)), file.Checkpoint.Model, null))
        {
            using var stream = File.Create(file.At("back.gguf"));
            back.Write(stream, static _ => { }, CancellationToken.None);
        }

        var (own, other) = (LowRank.Read(file.At("adapter.gguf")), LowRank.Read(file.At("back.gguf")));
        Assert.Equal(own.Keys.Order(StringComparer.Ordinal), other.Keys.Order(StringComparer.Ordinal));
        foreach (var (weight, pair) in own)
        {
            Assert.Equal(pair.A, other[weight].A);
            Assert.Equal(pair.B, other[weight].B);
            Assert.Equal(pair.Scale, other[weight].Scale);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void AnyWayOfComputingGivesTheSameGradients(string name)
    {
        using var file = new FamilyModelFile(name);
        using var model = file.ForAdapters();
        var batch = file.Batch();
        var (kept, again) = (FamilyModelFile.Gradients(model, batch), FamilyModelFile.Gradients(model, batch, recomputed: true));
        Assert.InRange(Differences.Between(kept, again), 0, 1e-5);
        if (model.Decoder.HasExperts)
        {
            Assert.Contains("--device cpu", Assert.Throws<RunnerException>(() => file.ForAdapters(device: "cpu")).Message, StringComparison.Ordinal);
            return;
        }

        using var portable = file.ForAdapters(device: "cpu");
        Assert.InRange(Differences.Between(kept, FamilyModelFile.Gradients(portable, batch)), 0, 1e-4);
    }

    /// <summary>Takes what the adapters add away.</summary>
    private static void Clear(TrainingModel model)
    {
        foreach (var parameter in model.Parameters.All)
        {
            parameter.Value.Clear();
        }
    }
}
