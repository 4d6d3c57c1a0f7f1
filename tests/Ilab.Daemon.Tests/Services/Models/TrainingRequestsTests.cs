using Ilab.Api.V1;
using Ilab.Configuration.Runs;
using Ilab.Daemon.Services.Models;
using Ilab.Engine.Access;
using Ilab.Engine.Wizard.Facts;

namespace Ilab.Daemon.Tests.Services.Models;

/// <summary>What a training is, when its request leaves things open.</summary>
public sealed class TrainingRequestsTests
{
    [Fact]
    public async Task WithoutAutoTheDefaultsAreThoseOfTheService()
    {
        var (spec, choices) = await ReadAsync(new TrainingOptions { Threads = 3 });
        Assert.Equal(("lora", 4, 1, 0, 3), (spec.Type, spec.BatchSize, spec.Accumulation, spec.MaxLength, spec.Threads));
        Assert.Empty(choices);
    }

    [Fact]
    public async Task AutoChoosesWhatIsLeftOpenAndSaysWhy()
    {
        var (spec, choices) = await ReadAsync(new TrainingOptions { Type = "auto" });
        Assert.Equal(("full", 0, 2e-5f), (spec.Type, spec.MaxLength, spec.LearningRate)); // the longest record decides the length, exactly
        Assert.True(spec.IsDeviceGiven);
        Assert.Empty(spec.Problems());
        string[] names =
        [
            "training type full",
            "device cpu",
            "sequence length",
            "batch size",
            "gradient accumulation",
            "gradient checkpointing false",
            "learning rate",
            "threads 2",
        ];
        Assert.Equal(names.Length, choices.Count);
        Assert.All(names.Zip(choices), static pair => Assert.StartsWith(pair.First, pair.Second, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("base", 15_000_000, 16_000_000_000, "full")]
    [InlineData("base", 2_500_000_000, 16_000_000_000, "lora")]
    [InlineData("base", 2_500_000_000, 1_000_000_000, "lora")]
    [InlineData("other", 15_000_000, 16_000_000_000, "lora")] // nothing is known of it
    [InlineData("other-135M", 15_000_000, 16_000_000_000, "full")]
    public async Task AutoIsWhatSuitsTheModelAndTheMemory(string model, long parameters, long free, string expected)
    {
        var requests = new TrainingRequests(new Facts(parameters, free), new TrainingAdvice());
        var (spec, _) = await requests.ReadAsync(Caller.Service, model, new TrainingOptions { Type = "auto" }, static () => Stream.Null, default);
        Assert.Equal(expected, spec.Type);
    }

    [Fact]
    public async Task AnotherMachineIsChosenFor()
    {
        var requests = new TrainingRequests(new Facts(2_500_000_000, 1_000_000_000), new TrainingAdvice());
        var options = new TrainingOptions { Type = "auto" };
        var (here, _) = await requests.ReadAsync(Caller.Service, "base", options, static () => Stream.Null, default);
        var gpus = Resources.Parse("gpus=2,gpu-memory=80GiB");
        var (there, choices) = await requests.ReadAsync(Caller.Service, "base", options, static () => Stream.Null, null, gpus, default);
        Assert.Equal(("cpu", true, "cuda0", false), (here.Device, here.GradientCheckpointing, there.Device, there.GradientCheckpointing));
        Assert.Contains(choices, static choice => choice.StartsWith("device each GPU: 85.", StringComparison.Ordinal));
        Assert.Empty(there.Problems());
    }

    [Fact]
    public async Task WhatIsGivenStays()
    {
        var (spec, choices) = await ReadAsync(
            new TrainingOptions
            {
                Auto = true,
                Type = "lora",
                BatchSize = 3,
                LearningRate = 1,
                MaxLength = 64,
                GradientCheckpointing = false,
            }
        );
        Assert.Equal(("lora", 3, 1f, 64, false), (spec.Type, spec.BatchSize, spec.LearningRate, spec.MaxLength, spec.GradientCheckpointing));
        Assert.Equal(3, choices.Count);
        Assert.Equal("scratch", (await ReadAsync(new TrainingOptions { Auto = true, Type = "scratch" })).Spec.Type);
    }

    private static Task<(Ilab.Runner.Contract.Training.TrainingSpec Spec, IReadOnlyList<string> Choices)> ReadAsync(TrainingOptions options) =>
        new TrainingRequests(new Facts(15_000_000, 16_000_000_000), new TrainingAdvice()).ReadAsync(
            Caller.Service,
            "base",
            options,
            static () => Stream.Null,
            CancellationToken.None
        );

    /// <summary>A service with one model.</summary>
    private sealed class Facts(long parameters, long free) : IWizardFacts
    {
        private readonly ModelFacts _model = new("base", "llama", "F16")
        {
            Parameters = (ulong)parameters,
            Size = parameters * 2,
            ContextLength = 512,
        };

        public int Threads => 2;

        public Task<bool> IsAcceleratedAsync(CancellationToken cancellationToken) => Task.FromResult(false);

        public Task<IReadOnlyList<ModelFacts>> ModelsAsync(Caller caller, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<ModelFacts>>([_model]);

        public Task<ModelFacts?> ModelAsync(Caller caller, string name, CancellationToken cancellationToken) =>
            Task.FromResult(name == _model.Name ? _model : null);

        public Task<IReadOnlyList<DatasetFacts>> DatasetsAsync(Caller caller, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<DatasetFacts>>([]);

        public Task<LengthFacts?> LengthsAsync(Caller caller, string? model, RecordSource data, CancellationToken cancellationToken) =>
            Task.FromResult<LengthFacts?>(data.Open is null ? null : new LengthFacts([20, 30, 40], 3, true));

        public IReadOnlyList<DeviceFacts> Devices() => [new("cpu", free, false)];
    }
}
