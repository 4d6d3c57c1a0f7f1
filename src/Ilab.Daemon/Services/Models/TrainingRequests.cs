using System.Globalization;
using Ilab.Api.V1;
using Ilab.Configuration.Runs;
using Ilab.Engine.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Planning;
using Ilab.Engine.Serving.Devices;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Wizard.Facts;
using Ilab.Runner.Contract.Training;
using ErrorKind = Ilab.Engine.Errors.ErrorKind;

namespace Ilab.Daemon.Services.Models;

/// <summary>The options of trainings as a spec. What a request leaves open is chosen by model, data and free memory where it says <c>auto</c>.</summary>
internal sealed class TrainingRequests(IWizardFacts facts, ITrainingAdvice advice)
{
    private const string Auto = "auto",
        Full = "full",
        Scratch = "scratch";

    /// <param name="model">Name or id of the base.</param>
    /// <param name="data">Opens the records.</param>
    /// <returns>The spec, and why values that were open are as they are: one line each.</returns>
    /// <exception cref="EngineException">INVALID_ARGUMENT: a number is out of bounds.</exception>
    public Task<(TrainingSpec Spec, IReadOnlyList<string> Choices)> ReadAsync(
        Caller caller,
        string model,
        TrainingOptions wire,
        Func<Stream> data,
        CancellationToken cancellationToken
    ) => ReadAsync(caller, model, wire, data, null, null, cancellationToken);

    /// <summary>As above, for a plan.</summary>
    /// <param name="elsewhere">What is known of a model that is not in the store; null = what its name says.</param>
    /// <param name="resources">Another machine that it is planned for; null = this one.</param>
    public async Task<(TrainingSpec Spec, IReadOnlyList<string> Choices)> ReadAsync(
        Caller caller,
        string model,
        TrainingOptions wire,
        Func<Stream> data,
        ModelSummary? elsewhere,
        Resources? resources,
        CancellationToken cancellationToken
    )
    {
        var spec = Map(wire);
        if (!wire.Auto && spec.Type != Auto)
        {
            return (spec, []);
        }

        var given = Given(wire, spec);
        var here = await facts.ModelAsync(caller, model, cancellationToken);
        var known = new TrainingCase(
            here ?? (elsewhere is null ? ModelFacts.Guess(model) : ModelFacts.Elsewhere(model, elsewhere)),
            null,
            resources is null ? facts.Devices() : DeviceFacts.Of(resources)
        )
        {
            Lengths = await facts.LengthsAsync(caller, here?.Name, new RecordSource("", data), cancellationToken),
            IsAccelerated = await facts.IsAcceleratedAsync(cancellationToken),
            Threads = resources is null ? facts.Threads : 0,
            Given = given,
        };
        var chosen = advice.Choose(known);
        var complete = Complete(spec, given, chosen);
        if (resources is not null && given.Device is null)
        {
            var isGpu = known.Devices.Any(device => device.IsGpu && device.Device == chosen.Device?.Value);
            complete = complete with { Device = isGpu ? PlanMachine.FirstGpu : DeviceMemory.Cpu };
        }

        return (complete, chosen.Lines(given));
    }

    private static TrainingGiven Given(TrainingOptions wire, TrainingSpec spec) =>
        new()
        {
            Type =
                spec.Type == Auto ? null
                : spec.Type == Scratch ? Full
                : spec.Type,
            Device = wire.HasDevice ? wire.Device : null,
            BatchSize = wire.HasBatchSize ? spec.BatchSize : null,
            Accumulation = wire.HasAccumulation ? spec.Accumulation : null,
            MaxLength = wire.HasMaxLength ? spec.MaxLength : null,
            Checkpointing = wire.HasGradientCheckpointing ? spec.GradientCheckpointing : null,
            LearningRate = wire.HasLearningRate ? spec.LearningRate : null,
            Rank = spec.Rank,
            Precision = spec.Precision,
        };

    private static TrainingSpec Complete(TrainingSpec spec, TrainingGiven given, AutoTraining chosen) =>
        spec with
        {
            Type = given.Type is null ? chosen.Type.Value : spec.Type,
            Device = given.Device is null && chosen.Device is { } device ? device.Value : spec.Device,
            IsDeviceGiven = spec.IsDeviceGiven || chosen.Device is not null,
            BatchSize = given.BatchSize ?? Whole(chosen.BatchSize),
            Accumulation = given.Accumulation ?? Whole(chosen.Accumulation),
            MaxLength = given.MaxLength ?? (chosen.IsLengthOpen ? 0 : Whole(chosen.MaxLength)),
            GradientCheckpointing = given.Checkpointing ?? chosen.Checkpointing.Value == "true",
            LearningRate = given.LearningRate is null ? float.Parse(chosen.LearningRate.Value, CultureInfo.InvariantCulture) : spec.LearningRate,
        };

    private static int Whole(Suggestion suggestion) => int.Parse(suggestion.Value, CultureInfo.InvariantCulture);

    private static TrainingSpec Map(TrainingOptions wire)
    {
        var options = new TrainingSpec { TargetModules = [.. wire.TargetModules] };
        return options with
        {
            Type = wire.HasType ? wire.Type : options.Type,
            Rank = wire.HasRank ? Number(wire.Rank, "rank") : options.Rank,
            Alpha =
                wire.HasAlpha ? wire.Alpha
                : wire.HasRank ? wire.Rank * 2
                : options.Alpha,
            Dropout = wire.HasDropout ? wire.Dropout : options.Dropout,
            Epochs = wire.HasEpochs ? wire.Epochs : options.Epochs,
            Steps = wire.HasSteps ? Steps(wire.Steps) : options.Steps,
            BatchSize = wire.HasBatchSize ? Number(wire.BatchSize, "batch size") : options.BatchSize,
            Accumulation = wire.HasAccumulation ? Number(wire.Accumulation, "accumulation") : options.Accumulation,
            LearningRate = wire.HasLearningRate ? wire.LearningRate : options.LearningRate,
            WarmupSteps = wire.HasWarmupSteps ? Number(wire.WarmupSteps, "warmup steps") : options.WarmupSteps,
            Schedule = wire.HasSchedule ? wire.Schedule : options.Schedule,
            WeightDecay = wire.HasWeightDecay ? wire.WeightDecay : options.WeightDecay,
            Clip = wire.HasClip ? wire.Clip : options.Clip,
            MaxLength = wire.HasMaxLength ? Number(wire.MaxLength, "max length") : options.MaxLength,
            Seed = wire.HasSeed ? wire.Seed : options.Seed,
            EvaluationSplit = wire.HasEvaluationSplit ? wire.EvaluationSplit : options.EvaluationSplit,
            GradientCheckpointing = wire.HasGradientCheckpointing && wire.GradientCheckpointing,
            Precision = wire.HasPrecision ? wire.Precision : options.Precision,
            Device = wire.HasDevice ? wire.Device : options.Device,
            IsDeviceGiven = wire.HasDevice,
            Merge = wire.Merge,
            Threads = wire.HasThreads ? Number(wire.Threads, "threads") : options.Threads,
            CheckpointInterval = wire.HasCheckpointInterval ? Number(wire.CheckpointInterval, "checkpoint interval") : options.CheckpointInterval,
        };
    }

    private static int Steps(uint value) =>
        value > 0
            ? Number(value, "steps")
            : throw new EngineException(ErrorKind.InvalidArgument, "steps have to be above 0", "leave --steps out to train by epochs");

    private static int Number(uint value, string name) =>
        value <= int.MaxValue ? (int)value : throw new EngineException(ErrorKind.InvalidArgument, $"{name} {value} is larger than {int.MaxValue}");
}
