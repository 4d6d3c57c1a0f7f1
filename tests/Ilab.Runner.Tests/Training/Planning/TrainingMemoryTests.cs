using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.Training;
using Ilab.Runner.Inference;
using Ilab.Runner.Training;
using Ilab.Runner.Training.Planning;
using Ilab.Testing.Models;

namespace Ilab.Runner.Tests.Training.Planning;

/// <summary>What is found out without memory is what a training takes.</summary>
[Collection(NativeCompute.Name)]
public sealed class TrainingMemoryTests : IDisposable
{
    private readonly TestModel _model = new(new TransformerShape(Embedding: 128, FeedForward: 256, Layers: 3));

    public void Dispose() => _model.Dispose();

    [Theory]
    [InlineData("lora", "off", false)]
    [InlineData("lora", "auto", false)]
    [InlineData("lora", "auto", true)]
    [InlineData("qlora", "auto", false)]
    [InlineData("full", "auto", false)]
    [InlineData("full", "off", true)]
    public void EveryPartIsTheSame(string type, string accelerator, bool isRecomputed)
    {
        if (type == "qlora")
        {
            _model.Quantize(7);
        }

        var (runner, spec) = Spec(type, accelerator, isRecomputed);
        var sized = new TrainingRun(runner, spec, static _ => { }).Measure();
        using var model = new TrainingModelFactory(runner, spec, static _ => { }).Open();
        var (data, length) = new TrainingRun(runner, spec, static _ => { }).ReadData(model.Decoder.ContextLength);
        using var trainer = new Trainer(model, spec, data, length, null);
        var real = TrainingMemory.Of(model, trainer, data.Report);
        Assert.Equal(real with { Process = 0 }, sized with { Process = 0 });
        Assert.True(sized is { Weights: > 0, Gradients: > 0, Optimizer: > 0, Activations: > 0, Trained: > 0, Tokens: > 0, Steps: 3 });
        Assert.Equal(type == "full", sized.Adapters == 0);
        Assert.InRange(sized.Process, 1 << 20, 4L << 30);
    }

    [Fact]
    public void WithoutDataTheBatchIsFull()
    {
        var (runner, spec) = Spec("lora", "off", isRecomputed: false);
        var sized = new TrainingRun(runner, spec with { Data = "", MaxLength = 96 }, static _ => { }).Measure();
        Assert.Equal((96, 2, 0, 0L), (sized.Length, sized.Sequences, sized.Samples, sized.Tokens));
    }

    [Fact]
    public void WhatIsTooLargeForAnyMachineIsMeasuredAllTheSame()
    {
        var (runner, spec) = Spec("lora", "off", isRecomputed: false);
        var sized = new TrainingRun(runner, spec with { Data = "", BatchSize = 1024, MaxLength = 512 }, static _ => { }).Measure();
        Assert.InRange(sized.Activations, 4L << 30, 1L << 50);
    }

    [Fact]
    public void WhatIsNotPossibleIsSaid()
    {
        var (runner, spec) = Spec("qlora", "off", isRecomputed: false);
        var error = Assert.Throws<RunnerException>(() => new TrainingRun(runner, spec, static _ => { }).Measure());
        Assert.Contains("the base is not quantized", error.Message, StringComparison.Ordinal);
    }

    private (RunnerSpec Runner, TrainingSpec Spec) Spec(string type, string accelerator, bool isRecomputed)
    {
        var data = _model.At("data.jsonl");
        File.WriteAllLines(data, Enumerable.Range(0, 6).Select(static index => $$"""{"prompt": "What is {{index}}?", "completion": "It is {{index}}."}"""));
        var spec = new TrainingSpec
        {
            Type = type,
            Data = data,
            Output = _model.At("out"),
            Rank = 4,
            Steps = 3,
            BatchSize = 2,
            GradientCheckpointing = isRecomputed,
        };
        var runner = TestModel.RunnerOf(_model.Path, accelerator: accelerator) with
        {
            Kind = RunnerKinds.Train,
            Accelerator = new AcceleratorSpec { Mode = accelerator, Records = _model.At("records") },
            Training = spec,
        };
        return (runner, spec);
    }
}
