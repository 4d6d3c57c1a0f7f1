using Ilab.Api.V1;
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
        new TrainingRequests(new Facts(), new TrainingAdvice()).ReadAsync(Caller.Service, "base", options, static () => Stream.Null, CancellationToken.None);

    private sealed class Facts : IWizardFacts
    {
        private readonly ModelFacts _model = new("base", "llama", "F16")
        {
            Parameters = 15_000_000,
            Size = 30_000_000,
            ContextLength = 512,
            Layers = 4,
            Embedding = 64,
        };

        public int Threads => 2;

        public Task<IReadOnlyList<ModelFacts>> ModelsAsync(Caller caller, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<ModelFacts>>([_model]);

        public Task<ModelFacts?> ModelAsync(Caller caller, string name, CancellationToken cancellationToken) => Task.FromResult<ModelFacts?>(_model);

        public Task<IReadOnlyList<DatasetFacts>> DatasetsAsync(Caller caller, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<DatasetFacts>>([]);

        public Task<LengthFacts?> LengthsAsync(Caller caller, string? model, RecordSource data, CancellationToken cancellationToken) =>
            Task.FromResult<LengthFacts?>(data.Open is null ? null : new LengthFacts([20, 30, 40], 3, true));

        public IReadOnlyList<DeviceFacts> Devices() => [new("cpu", 16_000_000_000, false)];
    }
}
