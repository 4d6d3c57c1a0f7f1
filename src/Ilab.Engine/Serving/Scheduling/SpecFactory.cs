using Ilab.Engine.Hosting;
using Ilab.Engine.Serving.Devices;
using Ilab.Engine.Serving.Models;
using Ilab.Engine.Serving.Runners;
using Ilab.Runner.Contract.Bundles;

namespace Ilab.Engine.Serving.Scheduling;

/// <summary>Computes the possible ways to start a model, and creates the spec of the chosen one.</summary>
internal sealed class SpecFactory(EngineOptions options, AcceleratorProbe accelerator)
{
    private const int MicroBatch = 512;

    private readonly PromptFolder _prompts = new(options);

    /// <summary>The KV cache has room for so many full contexts, if there is memory.</summary>
    private const int MostContexts = 8;

    /// <summary>
    /// Ways to start a model, best first: on each device with a cache for several full contexts, with all packed weights for the accelerator, with those for
    /// few tokens at a time, and without, then for half as many, and so on down to one; then, if layers may stay on the CPU, the same with fewer and fewer
    /// layers on the GPU. How many requests are answered at once does not depend on it: most of them are shorter than a context.
    /// </summary>
    public IReadOnlyList<PlacementPlan> Plans(ServingModel model, LoadSettings settings, IReadOnlyList<DeviceSnapshot> devices)
    {
        var shape = model.Shape;
        var context = MemoryPlan.ChooseContext(settings.ContextLength, options.ContextLength, shape.TrainedContext);
        var candidates = DeviceChoice.Candidates(Wanted(settings), devices);
        var plans = candidates.SelectMany(device => device.IsGpu ? OnGpu(device.Id, shape, settings, context) : OnCpu(shape, context));
        var embeddings = settings.Embeds ? MemoryPlan.Embeddings(shape, context) : 0;
        return [.. plans.Select(plan => WithDraft(plan with { Memory = plan.Memory + embeddings }, model.Draft?.Shape))];
    }

    /// <summary>A draft model is on the GPU where any layer of the larger one is, and all of it; its token embedding table is always in host memory.</summary>
    private static PlacementPlan WithDraft(PlacementPlan plan, ModelShape? draft)
    {
        if (draft is null)
        {
            return plan;
        }

        var whole = MemoryPlan.For(draft, plan.ContextLength, plan.Cells / plan.ContextLength, MicroBatch);
        var onCpu = whole.Total - MemoryPlan.Process;
        if (plan.Device == DeviceMemory.Cpu)
        {
            return plan with { Memory = plan.Memory + onCpu };
        }

        if (plan.GpuLayers == 0)
        {
            return plan with { HostMemory = plan.HostMemory + onCpu };
        }

        var onGpu = GpuMemoryPlan.For(draft, whole, draft.Layers);
        return plan with { Memory = plan.Memory + onGpu.Device - GpuMemoryPlan.Context, HostMemory = plan.HostMemory + onGpu.Host - MemoryPlan.Process };
    }

    /// <summary>The parts of what a plan reserves, of its device and of the host beside it.</summary>
    public (IReadOnlyList<MemoryPart> Device, IReadOnlyList<MemoryPart> Host) Parts(ServingModel model, LoadSettings settings, PlacementPlan plan)
    {
        var whole = MemoryPlan.For(model.Shape, plan.ContextLength, plan.Cells / plan.ContextLength, MicroBatch);
        var all = plan.Device == DeviceMemory.Cpu || plan.GpuLayers >= model.Shape.Layers;
        var share = all || model.Shape.Layers == 0 ? 1 : (double)plan.GpuLayers / model.Shape.Layers;
        var draft = model.Draft is { } smaller
            ? MemoryPlan.For(smaller.Shape, plan.ContextLength, plan.Cells / plan.ContextLength, MicroBatch).Total - MemoryPlan.Process
            : 0;
        var embeddings = settings.Embeds ? MemoryPlan.Embeddings(model.Shape, plan.ContextLength) : 0;
        List<MemoryPart> parts =
        [
            new(MemoryPart.Weights, (long)(share * whole.Weights)),
            new(MemoryPart.Cache, (long)(share * whole.KvCache)),
            new(MemoryPart.Compute, whole.Compute),
            new(MemoryPart.Packed, plan.PackBudget),
            new(MemoryPart.Draft, draft),
            new(MemoryPart.Embeddings, embeddings),
        ];
        var isGpu = plan.Device != DeviceMemory.Cpu;
        parts.Add(isGpu ? new MemoryPart(MemoryPart.Driver, GpuMemoryPlan.Context) : new MemoryPart(MemoryPart.Process, MemoryPlan.Process));
        Complete(parts, plan.Memory);
        List<MemoryPart> host = isGpu ? [new(MemoryPart.Process, MemoryPlan.Process), new(MemoryPart.Weights, 0)] : [];
        Complete(host, plan.HostMemory);
        return ([.. parts.Where(static part => part.Bytes > 0)], [.. host.Where(static part => part.Bytes > 0)]);

        // What is left of the sum belongs to the weights: the table of embeddings, and layers that stay on the CPU.
        static void Complete(List<MemoryPart> parts, long total)
        {
            var at = parts.FindIndex(static part => part.Name == MemoryPart.Weights);
            if (at >= 0)
            {
                parts[at] = parts[at] with { Bytes = Math.Max(0, parts[at].Bytes + total - parts.Sum(static part => part.Bytes)) };
            }
        }
    }

    /// <summary>The requested device, or the service's default.</summary>
    public string Wanted(LoadSettings settings) => settings.Device.Length > 0 ? settings.Device : options.Device;

    /// <summary>What the user can do if the model does not fit.</summary>
    public string DoesNotFitHint(ModelShape shape, LoadSettings settings, IReadOnlyList<DeviceSnapshot> devices)
    {
        const string Smaller = "use a smaller context or quantization";
        var gpus = DeviceChoice.Candidates(Wanted(settings), devices).Where(static device => device.IsGpu).ToList();
        if (gpus.Count == 0)
        {
            return $"{Smaller}, or raise the service's memory limit";
        }

        var context = MemoryPlan.ChooseContext(settings.ContextLength, options.ContextLength, shape.TrainedContext);
        var fitting = gpus.Max(gpu => Fitting(shape, context, gpu.Budget - gpu.UsedByOthers));
        var layers = fitting > 0 && settings.GpuLayers is null ? $"keep layers on the CPU with --gpu-layers auto ({fitting} of {shape.Layers} fit), " : "";
        return $"{layers}run it on the CPU with --device cpu, or {Smaller}";
    }

    public RunnerSpec Spec(ServingModel model, LoadSettings settings, PlacementPlan plan, IReadOnlyList<DeviceSnapshot> devices) =>
        new()
        {
            Id = BundleStore.NewId(),
            Model = Of(model),
            Draft = model.Draft is { } draft ? Of(draft) : null,
            Owner = settings.Owner?.Uid,
            ContextLength = plan.ContextLength,
            Parallel = plan.Parallel,
            Cells = plan.Cells,
            Queue = options.Queue,
            Speculation = options.Speculation,
            Prompts = _prompts.Of(model.Digest),
            PromptBytes = options.PromptCache,
            Threads = options.Threads,
            Batch = MicroBatch,
            MicroBatch = MicroBatch,
            NativeDirectory = options.NativeDirectory,
            Records = options.RecordsDirectory,
            Turns = options.TurnsDirectory,
            Accelerator = accelerator.SpecFor(plan.PackBudget),
            GpuLayers = plan.Device == DeviceMemory.Cpu ? 0 : plan.GpuLayers,
            Layers = model.Shape.Layers,
            Device = plan.Device,
            DeviceWarning = DeviceChoice.Warning(Wanted(settings), plan.Device, devices),
            ModelWarning = model.Warning,
            MemoryReserved = plan.Memory,
            HostMemoryReserved = plan.HostMemory,
            WeightBytes = model.Shape.Weights + (model.Draft?.Shape.Weights ?? 0),
            KeepAliveMilliseconds = (long?)settings.KeepAlive?.TotalMilliseconds,
        };

    private static SpecModel Of(ServingModel model) =>
        new()
        {
            Digest = model.Digest,
            Name = model.Name,
            Files = model.Files,
            Key = model.Key,
        };

    private IEnumerable<PlacementPlan> OnCpu(ModelShape shape, int context)
    {
        long[] packed = [.. accelerator.Budgets(shape)];
        foreach (var contexts in Contexts())
        {
            var plan = new PlacementPlan(DeviceMemory.Cpu, context, options.Parallel, MemoryPlan.For(shape, context, contexts, MicroBatch).Total)
            {
                Cells = context * contexts,
            };
            foreach (var budget in packed)
            {
                yield return plan with
                {
                    Memory = plan.Memory + budget,
                    PackBudget = budget,
                };
            }

            yield return plan;
        }
    }

    private IEnumerable<PlacementPlan> OnGpu(string device, ModelShape shape, LoadSettings settings, int context)
    {
        var most = settings.GpuLayers is null or < 0 ? shape.Layers : Math.Min(settings.GpuLayers.Value, shape.Layers);
        var least = settings.GpuLayers < 0 ? Math.Min(1, shape.Layers) : most;
        for (var layers = most; layers >= least; layers--)
        {
            foreach (var contexts in Contexts())
            {
                var memory = GpuMemoryPlan.For(shape, MemoryPlan.For(shape, context, contexts, MicroBatch), layers);
                yield return new PlacementPlan(device, context, options.Parallel, memory.Device)
                {
                    Cells = context * contexts,
                    GpuLayers = layers >= shape.Layers ? RunnerSpec.AllLayers : layers,
                    HostMemory = memory.Host,
                };
            }
        }
    }

    /// <summary>Full contexts in the cache: as many as are useful, then half, and so on down to one.</summary>
    private IEnumerable<int> Contexts()
    {
        for (var contexts = Math.Clamp(options.Parallel, 1, MostContexts); contexts >= 1; contexts /= 2)
        {
            yield return contexts;
        }
    }

    private static int Fitting(ModelShape shape, int context, long memory)
    {
        var whole = MemoryPlan.For(shape, context, contexts: 1, MicroBatch);
        return Enumerable.Range(1, Math.Max(0, shape.Layers - 1)).LastOrDefault(layers => GpuMemoryPlan.For(shape, whole, layers).Device <= memory);
    }
}
