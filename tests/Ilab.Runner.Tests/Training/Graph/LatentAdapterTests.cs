using Ilab.Gguf.Conversion;
using Ilab.Gguf.Conversion.Adapters;
using Ilab.Runner.Inference;
using Ilab.Runner.Training.Checkpoints;

namespace Ilab.Runner.Tests.Training.Graph;

/// <summary>
/// Adapters on what makes queries and the short vector of DeepSeek's attention: they are trained, merged and exchanged, and refused where they would be passed
/// over.
/// </summary>
[Collection(NativeCompute.Name)]
public sealed class LatentAdapterTests
{
    private const float Near = 1e-4f,
        Rate = 0.05f;
    private static readonly string[] Names = ["q_a_proj", "q_b_proj", "kv_a_proj_with_mqa", "o_proj"];

    public static TheoryData<string> Cases => new() { "deepseek2", "deepseek3" };

    [Theory]
    [MemberData(nameof(Cases))]
    public void GradientsAndStepsAreThoseOfTheFormulas(string name)
    {
        using var file = new FamilyModelFile(name);
        using var model = file.ForAdapters(modules: Names);
        Assert.Equal(4, model.Parameters.All.Select(static parameter => parameter.Name.Split('.')[2]).Distinct().Count());
        var (batch, plain) = (file.Batch(), new PlainTraining(file.Checkpoint, model));
        var (kind, error) = plain.WorstSlope(FamilyModelFile.Gradients(model, batch), batch);
        Assert.True(error < 1e-3, $"{kind}: {error}");
        for (var step = 0; step < 2; step++)
        {
            var gradients = FamilyModelFile.Gradients(model, batch, recomputed: step == 1);
            plain.Step(batch, Rate);
            foreach (var parameter in model.Parameters.All)
            {
                parameter.Value.Write<float>(
                    parameter.Value.ToArray().Zip(gradients[parameter.Name], static (value, slope) => value - (Rate * slope)).ToArray()
                );
            }
        }

        var worst = plain.Worst(model);
        Assert.True(worst.Error < 1e-3, $"{worst.Name}: {worst.Error}");
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void TheMergedModelSaysInTheEngineWhatTheAdapterSaysHere(string name)
    {
        using var file = new FamilyModelFile(name);
        using var model = file.ForAdapters(modules: Names);
        var batch = TestModel.Batch(length: 16, sequences: 1, file.Vocabulary);
        MergedFile.Write(file.At("merged.gguf"), [file.Path], model);
        var merged = TestModel.LlamaLogits(file.At("merged.gguf"), batch);
        Assert.InRange(TestModel.LargestDifference(merged, FamilyModelFile.Logits(model, batch)), 0, Near);
        Assert.True(TestModel.LargestDifference(merged, TestModel.LlamaLogits(file.Path, batch)) > 0.02f, "the adapter changes nothing");
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void PeftsFormHasTheNamesOfTheCheckpoint(string name)
    {
        using var file = new FamilyModelFile(name);
        using var model = file.ForAdapters(modules: Names);
        AdapterFile.Write(file.At("adapter.gguf"), model);
        var folder = Directory.CreateDirectory(file.At("peft")).FullName;
        using (var export = PeftExporter.Prepare(file.At("adapter.gguf"), file.Checkpoint.Model))
        {
            export.Write(folder, static _ => { }, CancellationToken.None);
        }

        Assert.All(Names, module => Assert.Contains($"\"{module}\"", File.ReadAllText(Path.Combine(folder, "adapter_config.json")), StringComparison.Ordinal));
        using (var back = PeftConverter.Prepare(new SourceFolder(folder, static path => File.OpenHandle(path)), file.Checkpoint.Model, null))
        using (var stream = File.Create(file.At("back.gguf")))
        {
            back.Write(stream, static _ => { }, CancellationToken.None);
        }

        var (own, other) = (LowRank.Read(file.At("adapter.gguf")), LowRank.Read(file.At("back.gguf")));
        Assert.Equal(own.Keys.Order(StringComparer.Ordinal), other.Keys.Order(StringComparer.Ordinal));
        foreach (var (weight, pair) in own)
        {
            Assert.Equal(pair.A, other[weight].A);
            Assert.Equal(pair.B, other[weight].B);
        }
    }

    [Fact]
    public void TheEngineIsNotGivenWhatItWouldPassOver()
    {
        using var file = new FamilyModelFile("deepseek2");
        using (var model = file.ForAdapters(modules: "q_b_proj"))
        {
            AdapterFile.Write(file.At("adapter.gguf"), model);
        }

        using (var usual = file.ForAdapters())
        {
            Assert.DoesNotContain(usual.Parameters.All, static parameter => parameter.Name.Contains("attn_q", StringComparison.Ordinal));
            AdapterFile.Write(file.At("usual.gguf"), usual);
        }

        using var loaded = Conversion.NativeLogits.Load(file.Path);
        using var context = Conversion.NativeLogits.Create(loaded, 64);
        using var cache = new AdapterCache(context);
        cache.Load([file.At("usual.gguf")]);
        var error = Assert.Throws<RunnerException>(() => cache.Load([file.At("adapter.gguf")]));
        Assert.Contains("attn_q_b", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(error.Message, char.IsControl);
    }
}
