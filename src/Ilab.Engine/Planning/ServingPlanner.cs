using System.Globalization;
using Ilab.Engine.Errors;
using Ilab.Engine.Serving.Models;
using Ilab.Engine.Serving.Scheduling;
using Ilab.Runner.Contract.Bundles;

namespace Ilab.Engine.Planning;

/// <summary>
/// Says what a loaded model takes: by the plans that a request for it would choose from, with the parts that a runner can find out without loading it.
/// </summary>
/// <param name="open">Makes a source of measurements.</param>
internal sealed class ServingPlanner(Scheduler scheduler, Func<ISizer> open)
{
    private const int ContextStep = 256,
        LeastContext = 512;

    /// <param name="model">Its files are empty if it is not here.</param>
    /// <param name="tier">How its shape is known.</param>
    public async Task<RunPlan> PlanAsync(ServingModel model, PlanTier tier, PlannedServing serving, PlanMachine machine, CancellationToken cancellationToken)
    {
        var settings = serving.Settings with { Device = machine.Device };
        var devices = machine.Devices();
        var notes = new List<string>(machine.Notes.Concat(serving.Notes));
        var chosen = Choose(settings);
        var need = await MeasureAsync(chosen).ConfigureAwait(false);
        var (device, host) = scheduler.PartsOf(model, settings, chosen);
        var plan = new RunPlan
        {
            Kind = serving.Purpose,
            Model = model.Name,
            Device = machine.Name,
            Memory = [.. Lines(tier, chosen, device, need, machine.IsGpu)],
            Host = [.. host.Select(part => new PlanLine(part.Name, part.Bytes, tier))],
            Disk = [],
            Time = new PlanTime(null, "a loaded model stays; how fast it answers is measured when it is used"),
            MemoryAvailable = machine.Memory,
            HostAvailable = machine.Host,
            DiskAvailable = machine.Disk,
            Notes = notes,
        };
        return plan.Fits ? plan : plan with { Change = await ShrinkAsync(chosen.ContextLength).ConfigureAwait(false) };

        PlacementPlan Choose(LoadSettings wanted)
        {
            var plans = scheduler.PlansOf(model, wanted, devices);
            return plans.FirstOrDefault(IsPossible) ?? plans.MinBy(static one => one.Memory + one.HostMemory)!;
        }

        bool IsPossible(PlacementPlan one) => one.Memory <= (machine.Memory ?? long.MaxValue) && one.HostMemory <= (machine.Host ?? long.MaxValue);

        async Task<ServingNeed?> MeasureAsync(PlacementPlan one)
        {
            if (model.Files.Count == 0)
            {
                return null;
            }

            var sizer = open();
            await using var opened = sizer.ConfigureAwait(false);
            try
            {
                return await sizer.ServingAsync(scheduler.SpecOf(model, settings, one), cancellationToken).ConfigureAwait(false);
            }
            catch (EngineException exception) when (exception.Kind is ErrorKind.RunnerLost or ErrorKind.Internal or ErrorKind.CannotLoad)
            {
                notes.Add($"not measured: {exception.Message}");
                return null;
            }
        }

        async Task<PlanChange?> ShrinkAsync(int context)
        {
            var lever = new Lever<int>(
                [.. Contexts(context)],
                static (_, value) => value,
                value => Text($"{serving.ContextField}={value}"),
                value => serving.ContextOption.Length > 0 ? Text($"{serving.ContextOption} {value}") : "",
                "longer conversations are refused"
            );
            var (change, closest) = await SmallestChange
                .FindAsync(
                    context,
                    [lever],
                    value => Task.FromResult(Choose(settings with { ContextLength = value }) is var one && IsPossible(one) ? one.Memory : long.MaxValue),
                    long.MaxValue - 1
                )
                .ConfigureAwait(false);
            if (change is null)
            {
                notes.Add(closest is null ? "no setting makes it smaller" : "no context is short enough: choose a smaller model or quantization");
            }

            return change;
        }
    }

    private static IEnumerable<int> Contexts(int context)
    {
        for (var shorter = (context - 1) / ContextStep * ContextStep; shorter >= LeastContext; shorter -= ContextStep)
        {
            yield return shorter;
        }
    }

    /// <summary>What is reserved, by its parts: those that were measured as they were, and what is reserved beyond them.</summary>
    private static IEnumerable<PlanLine> Lines(PlanTier tier, PlacementPlan plan, IReadOnlyList<MemoryPart> parts, ServingNeed? need, bool isGpu)
    {
        var measured = new Dictionary<string, long>(StringComparer.Ordinal);
        if (need is not null)
        {
            measured[MemoryPart.Cache] = isGpu ? need.DeviceCache : need.Cache;
            measured[MemoryPart.Compute] = isGpu ? need.DeviceCompute : need.Compute;
            measured[MemoryPart.Draft] = need.Draft;
            if (isGpu)
            {
                measured[MemoryPart.Weights] = need.DeviceWeights;
            }
        }

        var beyond = 0L;
        foreach (var part in parts)
        {
            var isMeasured = measured.TryGetValue(part.Name, out var bytes) && bytes > 0;
            beyond += isMeasured ? part.Bytes - bytes : 0;
            yield return new PlanLine(part.Name, isMeasured ? bytes : part.Bytes, isMeasured ? PlanTier.Measured : tier, Note(part.Name, plan));
        }

        if (beyond > 0)
        {
            yield return new PlanLine("reserve", beyond, tier, "reserved until the model is loaded and has said what it takes");
        }
    }

    private static string Note(string part, PlacementPlan plan) =>
        part switch
        {
            MemoryPart.Cache => Text($"{plan.Cells / plan.ContextLength} full contexts of {plan.ContextLength} tokens, shared by all answers"),
            MemoryPart.Compute => "intermediate results of the largest step",
            MemoryPart.Packed => "copies of the weights in the accelerator's order",
            MemoryPart.Draft => "the model that guesses the next tokens",
            MemoryPart.Process => "program and libraries",
            MemoryPart.Driver => "CUDA itself",
            _ => "",
        };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
