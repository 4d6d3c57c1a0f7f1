using Ilab.Configuration.Runs;
using Ilab.Engine.Errors;
using Ilab.Engine.Hosting;
using Ilab.Engine.Planning;
using Ilab.Engine.Serving.Devices;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.Training;

namespace Ilab.Engine.Tests.Planning;

/// <summary>Plans of trainings: tiers, what fits, and what would.</summary>
public sealed class TrainingPlannerTests : ITrainingSpeeds
{
    private const long Mega = 1_000_000;

    private static readonly PlannedTraining Known = new()
    {
        Model = "granite",
        Files = ["/granite.gguf"],
        Digest = "sha256:1",
        Summary = GuessedModel.OfParameters(100_000_000),
        Options = new TrainingSpec { BatchSize = 8, MaxLength = 1024 },
    };

    private readonly FakeSizer _sizer = new();
    private TrainingSpeed? _speed;

    [Fact]
    public async Task AMeasuredPlanHasEveryPartAndSaysThatItFits()
    {
        var plan = await PlanAsync(Known, Cpu(2000));
        Assert.True(plan.Fits);
        Assert.Null(plan.Change);
        Assert.Equal(["weights", "adapters", "gradients", "optimizer", "activations", "runner"], plan.Memory.Select(static line => line.Part));
        Assert.All(plan.Memory, static line => Assert.Equal(PlanTier.Measured, line.Tier));
        Assert.Equal((200 + 10 + 10 + 20 + 819 + 100) * Mega, plan.MemoryTotal / Mega * Mega);
        Assert.Equal(["checkpoints", "adapter"], plan.Disk.Select(static line => line.Part));
        Assert.Equal(3 * 3 * 10 * Mega, plan.Disk[0].Bytes);
        Assert.Contains("lora training of granite on cpu", PlanText.Table(plan), StringComparison.Ordinal);
        Assert.EndsWith("\nit fits\n", PlanText.Table(plan), StringComparison.Ordinal);
        Assert.True(_sizer.IsDisposed);
    }

    [Theory]
    [InlineData(600, "training.enable_gradient_checkpointing=true", "--gradient-checkpointing")]
    [InlineData(450, "training.per_device_train_batch_size=1", "--batch-size 1")]
    [InlineData(400, "model.model_max_length=384", "--max-seq-len 384")]
    public async Task TheSmallestChangeThatMakesItFitIsNamed(long available, string field, string option)
    {
        // Recomputing saves little here where it is not to be the answer.
        _sizer.Recomputed = available == 600 ? 8 : 1;
        var training = available == 400 ? Known with { Options = Known.Options with { BatchSize = 1, MaxLength = 8192 } } : Known;
        _sizer.OfAToken = available == 400 ? 150_000 : 100_000;
        var plan = await PlanAsync(training, Cpu(available));
        Assert.False(plan.Fits);
        Assert.Equal((field, option), (plan.Change!.Field, plan.Change.Option));
        Assert.InRange(plan.Change.Bytes, 1, available * Mega);
        Assert.Contains($"smallest change that makes it fit: {field} ({option})", PlanText.Table(plan), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhereOneChangeDoesNotSufficeActivationsAreRecomputedAsWell()
    {
        var plan = await PlanAsync(Known with { Options = Known.Options with { BatchSize = 2, MaxLength = 1024 } }, Cpu(344));
        Assert.Equal("training.enable_gradient_checkpointing=true model.model_max_length=160", plan.Change!.Field);
        Assert.Equal("--gradient-checkpointing --max-seq-len 160", plan.Change.Option);
        Assert.InRange(plan.Change.Bytes, 1, 344 * Mega);
    }

    [Fact]
    public async Task SequencesBecomeShorterThanTheLongestRecordOnlyWhereTheyMust()
    {
        _sizer.Recomputed = 1;
        _sizer.Longest = 400;
        var training = Known with { Options = Known.Options with { BatchSize = 1, Data = "/facts.jsonl" } };
        var above = (await PlanAsync(training, Cpu(390))).Change!;
        Assert.Equal(("model.model_max_length=480", "fewer records share a sequence; none is cut"), (above.Field, above.Effect));
        var below = (await PlanAsync(training, Cpu(370))).Change!;
        Assert.Equal(("model.model_max_length=288", "longer records are cut"), (below.Field, below.Effect));
    }

    [Fact]
    public async Task AFullTrainingBecomesAdaptersWhereNothingElseSuffices()
    {
        var plan = await PlanAsync(
            Known with
            {
                Options = Known.Options with { Type = "full", BatchSize = 1, MaxLength = 64, GradientCheckpointing = true },
            },
            Cpu(400)
        );
        Assert.Equal("ilab.training_type=lora", plan.Change!.Field);
    }

    [Fact]
    public async Task WhereNoSingleChangeSufficesTheClosestIsNamed()
    {
        var plan = await PlanAsync(Known, Cpu(100));
        Assert.Null(plan.Change);
        Assert.Contains(plan.Notes, static note => note.StartsWith("no single setting makes it fit; ", StringComparison.Ordinal));
        Assert.Contains("it does not fit: ", PlanText.Verdict(plan), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatCannotBeMeasuredIsComputedFromTheHeader()
    {
        _sizer.Problem = new EngineException(ErrorKind.RunnerLost, "no library");
        var plan = await PlanAsync(Known, Cpu(64_000));
        Assert.All(plan.Memory, static line => Assert.Equal(PlanTier.Header, line.Tier));
        Assert.Contains(plan.Notes, static note => note.Contains("no library", StringComparison.Ordinal));
    }

    [Fact]
    public async Task WhatIsOnlyANameIsComputedFromTheParameters()
    {
        var training = Known with { Files = [], Digest = "", Summary = GuessedModel.OfName("llama-8B")!, Tier = PlanTier.Parameters };
        var plan = await PlanAsync(training, PlanMachine.Other(Resources.Parse("gpus=2,gpu-memory=24GiB,memory=64GiB,disk=1TB")));
        Assert.All(plan.Memory, static line => Assert.Equal(PlanTier.Parameters, line.Tier));
        Assert.Contains(plan.Memory, static line => line is { Part: "device" });
        Assert.Single(plan.Host);
        Assert.InRange(plan.MemoryTotal, 16_000 * Mega, 300_000 * Mega);
        Assert.Equal("unknown: nothing was measured on that machine", plan.Time.Note);
    }

    [Fact]
    public async Task ATrainingThatIsNotPossibleIsRefused()
    {
        _sizer.Problem = new EngineException(ErrorKind.InvalidArgument, "the base is not quantized");
        var exception = await Assert.ThrowsAsync<EngineException>(() => PlanAsync(Known, Cpu(1000)));
        Assert.Equal("the base is not quantized", exception.Message);
        Assert.True(_sizer.IsDisposed);
    }

    [Fact]
    public async Task TheTimeComesFromWhatWasMeasuredOrIsUnknown()
    {
        Assert.Equal((null, "unknown without the data"), Of((await PlanAsync(Known, Cpu(2000))).Time));
        _sizer.Tokens = 50_000;
        Assert.StartsWith("unknown: no model of this size", (await PlanAsync(Known, Cpu(2000))).Time.Note, StringComparison.Ordinal);
        _speed = new TrainingSpeed(1000, "as before");
        Assert.Equal((50.0, "10 steps, 50000 tokens at 1000 tokens/s: as before"), Of((await PlanAsync(Known, Cpu(2000))).Time));

        static (double?, string) Of(PlanTime time) => (time.Seconds, time.Note);
    }

    [Fact]
    public async Task ADiskThatIsTooSmallDoesNotFitEither()
    {
        var plan = await PlanAsync(Known, Cpu(2000) with { Disk = 10 * Mega });
        Assert.True(plan is { Fits: false, MemoryFits: true, DiskFits: false, Change: null });
        Assert.Contains("MB of disk space missing", PlanText.Verdict(plan), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ProgramsGetTheSameNumbers()
    {
        using var json = System.Text.Json.JsonDocument.Parse(PlanText.Json(await PlanAsync(Known, Cpu(600))));
        var root = json.RootElement;
        Assert.False(root.GetProperty("Fits").GetBoolean());
        Assert.Equal("measured", root.GetProperty("Memory").GetProperty("Parts")[0].GetProperty("Tier").GetString());
        Assert.Equal(600 * Mega, root.GetProperty("Memory").GetProperty("Available").GetInt64());
        Assert.Equal("training.enable_gradient_checkpointing=true", root.GetProperty("Change").GetProperty("Field").GetString());
    }

    Task<TrainingSpeed?> ITrainingSpeeds.FindAsync(string digest, ulong parameters, TrainingSpec spec, CancellationToken cancellationToken) =>
        Task.FromResult(_speed);

    private static PlanMachine Cpu(long megabytes) => new(DeviceMemory.Cpu, "cpu", megabytes * Mega, null, 100_000 * Mega, []);

    private Task<RunPlan> PlanAsync(PlannedTraining training, PlanMachine machine)
    {
        var options = new EngineOptions
        {
            StoreDirectory = "/nowhere",
            RuntimeDirectory = "/nowhere",
            RunnerPath = "/nowhere/ilab-runner",
        };
        return new TrainingPlanner(options, new AcceleratorProbe(options), this, () => _sizer).PlanAsync(training, machine, default);
    }

    /// <summary>Activations grow with batch and length.</summary>
    private sealed class FakeSizer : ISizer
    {
        public EngineException? Problem { get; set; }

        public long Tokens { get; set; }

        /// <summary>By what activations shrink when they are recomputed.</summary>
        public int Recomputed { get; set; } = 8;

        public long OfAToken { get; set; } = 100_000;

        public int Longest { get; set; }

        public bool IsDisposed { get; private set; }

        public Task<TrainingNeed> TrainingAsync(RunnerSpec spec, CancellationToken cancellationToken)
        {
            var training = spec.Training!;
            var activations = training.BatchSize * training.MaxLength * OfAToken;
            return Problem is not null
                ? throw Problem
                : Task.FromResult(
                    new TrainingNeed
                    {
                        Process = 100 * Mega,
                        Weights = (training.IsWhole ? 400 : 200) * Mega,
                        Adapters = training.IsWhole ? 0 : 10 * Mega,
                        Gradients = (training.IsWhole ? 400 : 10) * Mega,
                        Optimizer = (training.IsWhole ? 800 : 20) * Mega,
                        Activations = training.GradientCheckpointing ? activations / Recomputed : activations,
                        Trained = 10 * Mega / sizeof(float),
                        Length = training.MaxLength,
                        Sequences = training.BatchSize,
                        Longest = Longest,
                        Steps = Tokens > 0 ? 10 : 0,
                        Tokens = Tokens,
                    }
                );
        }

        public Task<ServingNeed> ServingAsync(RunnerSpec spec, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("this is about trainings");

        public ValueTask DisposeAsync()
        {
            IsDisposed = true;
            return ValueTask.CompletedTask;
        }
    }
}
