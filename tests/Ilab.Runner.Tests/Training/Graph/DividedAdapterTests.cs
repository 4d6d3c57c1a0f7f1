using Ilab.Gguf.Conversion;
using Ilab.Gguf.Conversion.Adapters;
using Ilab.Native.Llama.Ggml;
using Ilab.Runner.Inference;
using Ilab.Runner.Training;
using Ilab.Runner.Training.Checkpoints;
using Ilab.Runner.Training.Graph;

namespace Ilab.Runner.Tests.Training.Graph;

/// <summary>
/// Projections that a checkpoint fuses, taught by the names of their parts: rows with an adapter of their own, which is written as one of all rows.
/// </summary>
[Collection(NativeCompute.Name)]
public sealed class DividedAdapterTests
{
    private const int Rank = 2;

    [Theory]
    [InlineData("phi3")]
    [InlineData("gpt2")]
    public void SomeRowsAreTaughtAsIfTheOthersHadNothing(string name)
    {
        using var file = new FamilyModelFile(name);
        using var divided = Open(file, ["v_proj"]);
        using var whole = Open(file, ["attn_qkv"]);
        foreach (var parameter in divided.Parameters.All)
        {
            var other = whole.Parameters.All.Single(entry => entry.Name == parameter.Name.Replace(".v_proj", "", StringComparison.Ordinal));
            var values = new float[other.Value.Elements];
            parameter.Value.ToArray().CopyTo(values, PlaceOf(parameter, other));
            other.Value.Write<float>(values);
        }

        var batch = file.Batch();
        var (own, all) = (FamilyModelFile.Learn(divided, batch), FamilyModelFile.Learn(whole, batch));
        Assert.Equal(all.Loss, own.Loss, 1e-4);
        foreach (var parameter in divided.Parameters.All)
        {
            var other = whole.Parameters.All.Single(entry => entry.Name == parameter.Name.Replace(".v_proj", "", StringComparison.Ordinal));
            var (found, due) = (
                own.Gradients[parameter.Name],
                all.Gradients[other.Name].AsSpan(PlaceOf(parameter, other), (int)parameter.Value.Elements).ToArray()
            );
            Assert.InRange(found.Zip(due, static (a, b) => Math.Abs(a - b)).Max(), 0, 1e-4f * due.Max(MathF.Abs));
        }
    }

    [Fact]
    public void WhatIsWrittenSaysInTheEngineWhatItSaysHere()
    {
        using var file = new FamilyModelFile("phi3");
        using var model = Open(file, ["q_proj", "v_proj", "up_proj", "o_proj"]);
        Assert.Equal(2 * 2 * 4, model.Parameters.All.Count);
        var batch = TestModel.Batch(length: 16, sequences: 1, file.Vocabulary);
        var here = FamilyModelFile.Logits(model, batch);
        AdapterFile.Write(file.At("adapter.gguf"), model);
        MergedFile.Write(file.At("merged.gguf"), [file.Path], model);

        Assert.InRange(TestModel.LargestDifference(TestModel.LlamaLogits(file.Path, batch, file.At("adapter.gguf")), here), 0, 1e-4f);
        Assert.InRange(TestModel.LargestDifference(TestModel.LlamaLogits(file.At("merged.gguf"), batch), here), 0, 1e-4f);
        Assert.True(TestModel.LargestDifference(TestModel.LlamaLogits(file.Path, batch), here) > 0.02f, "the adapter changes nothing");
    }

    [Fact]
    public void ItGoesOutInPeftsFormWithARankOfItsOwn()
    {
        using var file = new FamilyModelFile("phi3");
        using var model = Open(file, ["q_proj", "v_proj", "o_proj", "down_proj"]);
        AdapterFile.Write(file.At("adapter.gguf"), model);
        using (var export = PeftExporter.Prepare(file.At("adapter.gguf"), file.Checkpoint.Model))
        {
            export.Write(Directory.CreateDirectory(file.At("peft")).FullName, static _ => { }, CancellationToken.None);
        }

        Assert.Contains("\"model.layers.1.self_attn.qkv_proj\": 4", File.ReadAllText(file.At("peft/adapter_config.json")), StringComparison.Ordinal);
        using (var back = PeftConverter.Prepare(new SourceFolder(file.At("peft"), static path => File.OpenHandle(path)), file.Checkpoint.Model, null))
        {
            using var stream = File.Create(file.At("back.gguf"));
            back.Write(stream, static _ => { }, CancellationToken.None);
        }

        var (own, other) = (LowRank.Read(file.At("adapter.gguf")), LowRank.Read(file.At("back.gguf")));
        Assert.Equal(own.Keys.Order(StringComparer.Ordinal), other.Keys.Order(StringComparer.Ordinal));
        foreach (var (weight, pair) in own)
        {
            Assert.Equal((pair.Rank, pair.Scale), (other[weight].Rank, other[weight].Scale));
            Assert.Equal(pair.A, other[weight].A);
            Assert.Equal(pair.B, other[weight].B);
        }
    }

    [Fact]
    public void NamesThatNothingHasAreRefusedWithThoseThatThereAre()
    {
        using var file = new FamilyModelFile("phi3");
        var error = Assert.Throws<RunnerException>(() => Open(file, ["q_proj", "query"]));
        Assert.Contains("named query", error.Message, StringComparison.Ordinal);
        Assert.Contains("attn_qkv or qkv_proj", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("q_proj, k_proj, v_proj, gate_proj, up_proj", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Both factors filled.</summary>
    private static TrainingModel Open(FamilyModelFile file, string[] modules)
    {
        var model = TrainingModel.WithAdapters(GgmlBackend.Open(2), [file.Path], new LoraOptions(Rank, Rank * 2, modules));
        var random = new RandomSource(7);
        foreach (var parameter in model.Parameters.All)
        {
            parameter.Value.Write<float>(Enumerable.Range(0, (int)parameter.Value.Elements).Select(_ => random.NextNormal() * 0.1f).ToArray());
        }

        return model;
    }

    // Values are the last third of the fused rows.
    private static int PlaceOf(Parameter part, Parameter whole) =>
        part.Name.EndsWith("lora_a", StringComparison.Ordinal) ? 0 : (int)(whole.Value.Elements - part.Value.Elements);
}
