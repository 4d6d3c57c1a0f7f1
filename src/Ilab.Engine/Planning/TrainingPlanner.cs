using System.Globalization;
using Ilab.Engine.Errors;
using Ilab.Engine.Hosting;
using Ilab.Engine.Serving.Devices;
using Ilab.Engine.Workloads.Training;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.Training;

namespace Ilab.Engine.Planning;

/// <summary>
/// Says what a training takes before there is a job: by a runner that lays out the graphs it would compute, as it does when it asks for its memory; where none
/// can, by the formula whose least part admission uses.
/// </summary>
/// <param name="open">Makes a source of measurements.</param>
internal sealed class TrainingPlanner(EngineOptions options, AcceleratorProbe accelerator, ITrainingSpeeds speeds, Func<ISizer> open)
{
    private const int CheckpointNumbers = 3;

    private const double FourBits = 4.85 / 8;

    public async Task<RunPlan> PlanAsync(PlannedTraining training, PlanMachine machine, CancellationToken cancellationToken)
    {
        var wanted = training.Options with { Device = machine.IsGpu ? machine.Device : TrainingSpec.Cpu };
        var sizer = training.Files.Count > 0 ? open() : null;
        try
        {
            var isAccelerated = !machine.IsGpu && (await accelerator.GetAsync(cancellationToken).ConfigureAwait(false)).HasFloats;
            var lanes =
                !isAccelerated ? 0
                : options.Threads > 0 ? options.Threads
                : Environment.ProcessorCount;
            var (tier, notes) = (PlanTier.Measured, new List<string>(machine.Notes.Concat(training.Notes)));
            var need = await NeedAsync(wanted).ConfigureAwait(false);
            var plan = Describe(training with { Options = wanted }, machine, need, tier);
            plan = plan with { Time = await TimeAsync(training, wanted, need, machine, cancellationToken).ConfigureAwait(false), Notes = notes };
            if (Distributed(machine, need) is { } suggestion)
            {
                notes.Add(suggestion);
            }

            return plan.MemoryTotal <= (machine.Memory ?? long.MaxValue) ? plan : await ShrinkAsync(plan, need).ConfigureAwait(false);

            async Task<TrainingNeed> NeedAsync(TrainingSpec spec)
            {
                if (sizer is not null && tier == PlanTier.Measured)
                {
                    try
                    {
                        return await sizer.TrainingAsync(Spec(training, spec), cancellationToken).ConfigureAwait(false);
                    }
                    catch (EngineException exception) when (exception.Kind is ErrorKind.RunnerLost or ErrorKind.Internal or ErrorKind.CannotLoad)
                    {
                        notes.Add($"not measured: {exception.Message}");
                    }
                }

                tier = training.Tier;
                return TrainingFormula.Of(training.Summary, spec, lanes);
            }

            // A change that makes the training impossible does not make it fit.
            async Task<long> TriedAsync(TrainingSpec spec)
            {
                try
                {
                    return OfDevice(await NeedAsync(spec).ConfigureAwait(false), machine.IsGpu);
                }
                catch (EngineException)
                {
                    return long.MaxValue;
                }
            }

            async Task<RunPlan> ShrinkAsync(RunPlan large, TrainingNeed whole)
            {
                var (change, closest) = await TrainingLevers.SearchAsync(wanted, whole, TriedAsync, machine.Memory!.Value).ConfigureAwait(false);
                if (change is null)
                {
                    notes.Add(
                        closest is null
                            ? "no setting makes it smaller"
                            : $"no single setting makes it fit; {closest.Field} comes closest, with {ByteText.Of(closest.Bytes)}"
                    );
                }

                var quantized = OfDevice(whole with { Weights = (long)(training.Summary.Parameters * FourBits) }, machine.IsGpu);
                if (!wanted.IsWhole && training.Summary.Quantization is "F32" or "F16" or "BF16" && quantized <= machine.Memory)
                {
                    notes.Add($"with weights of four bits ('ilab model quantize', then train that model) it would take about {ByteText.Of(quantized)}");
                }

                return large with
                {
                    Change = change,
                };
            }
        }
        finally
        {
            if (sizer is not null)
            {
                await sizer.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private static RunPlan Describe(PlannedTraining training, PlanMachine machine, TrainingNeed need, PlanTier tier)
    {
        var spec = training.Options;
        var batch = Text($"{need.Sequences} sequences of {need.Length} tokens{(need.Samples == 0 ? ", all full" : "")}");
        PlanLine?[] parts =
        [
            new("weights", need.Weights, tier, spec.IsWhole ? "F32, trained" : training.Summary.Quantization),
            Part("rearranged", need.Packed, "copies of the weights in the accelerator's order, for both directions"),
            Part("adapters", need.Adapters, Text($"rank {spec.Rank}, {need.Trained} numbers")),
            new("gradients", need.Gradients, tier, "F32"),
            new("optimizer", need.Optimizer, tier, "two moments of AdamW for each trained number"),
            new("activations", need.Activations, tier, batch + (spec.GradientCheckpointing ? ", recomputed layer by layer" : "")),
            Part("products", need.Scratch, "operands of matrix products"),
            machine.IsGpu ? new("device", GpuMemoryPlan.Context, training.Tier, "CUDA itself") : Runner(),
        ];
        return new RunPlan
        {
            Kind = $"{(spec.Type == "full" ? "full" : spec.Type)} training",
            Model = training.Model,
            Device = machine.Name,
            Memory = [.. parts.OfType<PlanLine>()],
            Host = machine.IsGpu ? [Runner()] : [],
            Disk = [.. Disk(training, need, tier)],
            Time = new PlanTime(null, ""),
            MemoryAvailable = machine.Memory,
            HostAvailable = machine.Host,
            DiskAvailable = machine.Disk,
        };

        PlanLine? Part(string name, long bytes, string note) => bytes > 0 ? new PlanLine(name, bytes, tier, note) : null;
        PlanLine Runner() => new("runner", need.Process, tier, need.Samples > 0 ? "program, libraries, tokenized records" : "program and libraries");
    }

    /// <summary>A checkpoint is written before the oldest of those that are kept is removed.</summary>
    private static IEnumerable<PlanLine> Disk(PlannedTraining training, TrainingNeed need, PlanTier tier)
    {
        var spec = training.Options;
        var checkpoint = need.Trained * sizeof(float) * CheckpointNumbers;
        var count = spec.KeepCheckpoints + 1;
        yield return new PlanLine(
            "checkpoints",
            checkpoint * count,
            tier,
            Text($"{count} of {ByteText.Of(checkpoint)} at most, {spec.KeepCheckpoints} are kept")
        );
        yield return spec.IsWhole ? new PlanLine("model", need.Weights, tier, "the trained weights, F32")
        : spec.Merge ? new PlanLine("model", training.Summary.Size, tier, "the weights with the adapters merged")
        : new PlanLine("adapter", need.Adapters, tier, "the trained adapters");
        if (training.DataBytes > 0)
        {
            yield return new PlanLine("data", training.DataBytes, PlanTier.Measured, "the records, until the job is removed");
        }
    }

    private async Task<PlanTime> TimeAsync(
        PlannedTraining training,
        TrainingSpec spec,
        TrainingNeed need,
        PlanMachine machine,
        CancellationToken cancellationToken
    )
    {
        if (machine.IsOther)
        {
            return new PlanTime(null, "unknown: nothing was measured on that machine");
        }

        if (need.Tokens == 0)
        {
            return new PlanTime(null, "unknown without the data");
        }

        var speed = await speeds.FindAsync(training.Digest, training.Summary.Parameters, spec, cancellationToken).ConfigureAwait(false);
        return speed is null
            ? new PlanTime(null, "unknown: no model of this size has been trained in this way here yet; the job measures it before its first step")
            : new PlanTime(
                need.Tokens / speed.TokensPerSecond,
                Text($"{need.Steps} steps, {need.Tokens} tokens at {speed.TokensPerSecond:0} tokens/s: {speed.Source}")
            );
    }

    /// <summary>How the training would be spread over several GPUs elsewhere; null = there is one.</summary>
    private static string? Distributed(PlanMachine machine, TrainingNeed need)
    {
        if (machine is not { Gpus: > 1 and var count, Memory: { } memory })
        {
            return null;
        }

        // The batch of each is its own; all the rest can be divided.
        var own = need.Activations + need.Scratch + GpuMemoryPlan.Context;
        var part = own + ((need.OfDevice - need.Activations - need.Scratch) / count);
        return OfDevice(need, isGpu: true) <= memory
                ? Text($"distributed: ddp elsewhere: a copy fits on each of {count} GPUs, and a step sees {count} times as many sequences")
            : part <= memory ? Text($"distributed: fsdp elsewhere: divided among {count} GPUs, each holds about {ByteText.Of(part)}")
            : Text($"distributed: {count} GPUs do not suffice, either: divided among them, each would hold about {ByteText.Of(part)}");
    }

    /// <summary>Bytes of the device that a training runs on; on the CPU, with the runner itself.</summary>
    internal static long OfDevice(TrainingNeed need, bool isGpu) => isGpu ? need.OfDevice + GpuMemoryPlan.Context : need.Total;

    private RunnerSpec Spec(PlannedTraining training, TrainingSpec spec) =>
        new()
        {
            Kind = RunnerKinds.Train,
            Id = "plan",
            Model = new SpecModel { Files = training.Files, Name = training.Model },
            Threads = options.Threads,
            NativeDirectory = options.NativeDirectory,
            Accelerator = accelerator.SpecFor(0),
            Training = spec,
        };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
