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
    private const int LengthStep = 32,
        ShortestLength = 64,
        CheckpointNumbers = 3,
        ShortBytes = 2;

    private const double FourBits = 4.85 / 8;

    public async Task<RunPlan> PlanAsync(PlannedTraining training, PlanMachine machine, CancellationToken cancellationToken)
    {
        var wanted = training.Options with { Device = machine.IsGpu ? machine.Device : TrainingSpec.Cpu };
        var sizer = training.Files.Count > 0 ? open() : null;
        try
        {
            var packed = machine.IsGpu ? 0 : await PackedBytesAsync(wanted, cancellationToken).ConfigureAwait(false);
            var (tier, notes) = (PlanTier.Measured, new List<string>(machine.Notes.Concat(training.Notes)));
            var need = await NeedAsync(wanted).ConfigureAwait(false);
            var plan = Describe(training with { Options = wanted }, machine, need, tier);
            plan = plan with { Time = await TimeAsync(training, wanted, need, machine, cancellationToken).ConfigureAwait(false), Notes = notes };
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
                return TrainingFormula.Of(training.Summary, spec, packed);
            }

            // A change that makes the training impossible does not make it fit.
            async Task<long> TriedAsync(TrainingSpec spec)
            {
                try
                {
                    return OfDevice(await NeedAsync(spec).ConfigureAwait(false), machine);
                }
                catch (EngineException)
                {
                    return long.MaxValue;
                }
            }

            async Task<RunPlan> ShrinkAsync(RunPlan large, TrainingNeed whole)
            {
                var (change, closest) = await SearchAsync(wanted, whole, TriedAsync, machine.Memory!.Value).ConfigureAwait(false);
                if (change is null)
                {
                    notes.Add(
                        closest is null
                            ? "no setting makes it smaller"
                            : $"no single setting makes it fit; {closest.Field} comes closest, with {ByteText.Of(closest.Bytes)}"
                    );
                }

                var quantized = OfDevice(whole with { Weights = (long)(training.Summary.Parameters * FourBits) }, machine);
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

    /// <summary>The smallest change; where no single one suffices, with activations recomputed as well, since that changes nothing in the result.</summary>
    private static async Task<(PlanChange? Change, PlanChange? Closest)> SearchAsync(
        TrainingSpec spec,
        TrainingNeed need,
        Func<TrainingSpec, Task<long>> plan,
        long available
    )
    {
        var single = await SmallestChange.FindAsync(spec, Levers(spec, need), plan, available).ConfigureAwait(false);
        if (single.Change is not null || spec.GradientCheckpointing)
        {
            return single;
        }

        var (first, recomputed) = (Levers(spec, need).First(), spec with { GradientCheckpointing = true });
        var (second, _) = await SmallestChange.FindAsync(recomputed, Levers(recomputed, need), plan, available).ConfigureAwait(false);
        return second is null ? single : (second with { Field = $"{first.Field(1)} {second.Field}", Option = $"{first.Option(1)} {second.Option}" }, null);
    }

    /// <summary>What makes a training smaller, by how much it changes what is learned: recomputing activations changes nothing.</summary>
    internal static IEnumerable<Lever<TrainingSpec>> Levers(TrainingSpec spec, TrainingNeed need)
    {
        yield return new Lever<TrainingSpec>(
            spec.GradientCheckpointing ? [] : [1],
            static (spec, _) => spec with { GradientCheckpointing = true },
            static _ => "training.enable_gradient_checkpointing=true",
            static _ => "--gradient-checkpointing",
            "the same result, about a third more time"
        );
        yield return new Lever<TrainingSpec>(
            [.. Enumerable.Range(1, Math.Max(0, spec.BatchSize - 1)).Reverse()],
            static (spec, value) => spec with { BatchSize = value },
            static value => Text($"training.per_device_train_batch_size={value}"),
            static value => Text($"--batch-size {value}"),
            "fewer records per step, unless gradient_accumulation_steps grows as much"
        );
        yield return new Lever<TrainingSpec>(
            need.Longest > 0 ? [.. Lengths(need.Length, need.Longest)] : [],
            static (spec, value) => spec with { MaxLength = value },
            static value => Text($"model.model_max_length={value}"),
            static value => Text($"--max-seq-len {value}"),
            "fewer records share a sequence; none is cut"
        );
        // Records that are cut fill the sequences.
        yield return new Lever<TrainingSpec>(
            [.. Lengths(need.Longest > 0 ? Math.Min(need.Length, need.Longest) : need.Length, ShortestLength)],
            (spec, value) => spec with { MaxLength = value, Data = "", BatchSize = Math.Min(spec.BatchSize, need.Sequences) },
            static value => Text($"model.model_max_length={value}"),
            static value => Text($"--max-seq-len {value}"),
            "longer records are cut"
        );
        yield return new Lever<TrainingSpec>(
            spec.Type == "full" ? [1] : [],
            static (spec, _) => spec with { Type = "lora" },
            static _ => "ilab.training_type=lora",
            static _ => "--training-type lora",
            "adapters instead of every weight"
        );
    }

    private static IEnumerable<int> Lengths(int length, int shortest)
    {
        for (var shorter = (length - 1) / LengthStep * LengthStep; shorter >= shortest; shorter -= LengthStep)
        {
            yield return shorter;
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

    private static long OfDevice(TrainingNeed need, PlanMachine machine) => machine.IsGpu ? need.OfDevice + GpuMemoryPlan.Context : need.Total;

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

    /// <summary>Bytes per number of the accelerator's copies of frozen weights.</summary>
    private async Task<int> PackedBytesAsync(TrainingSpec spec, CancellationToken cancellationToken)
    {
        var report = await accelerator.GetAsync(cancellationToken).ConfigureAwait(false);
        return !report.HasFloats ? 0
            : spec.Precision == "f32" ? sizeof(float)
            : ShortBytes;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
