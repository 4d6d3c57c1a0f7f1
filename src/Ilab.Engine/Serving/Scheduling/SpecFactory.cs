using Ilab.Engine.Hosting;
using Ilab.Engine.Serving.Devices;
using Ilab.Engine.Serving.Models;
using Ilab.Engine.Serving.Runners;
using Ilab.Runner.Contract.Bundles;

namespace Ilab.Engine.Serving.Scheduling;

/// <summary>Works out how a model can be started and writes the spec of the way that was chosen.</summary>
internal sealed class SpecFactory(EngineOptions options, AcceleratorProbe accelerator)
{
    private const int MicroBatch = 512;

    /// <summary>Ways to start, best first: on each device as many parallel sequences as configured, with the accelerator's copies of the weights and without, then
    /// half, and so on to one.</summary>
    public IReadOnlyList<PlacementPlan> Plans(ModelShape shape, LoadSettings settings, IEnumerable<DeviceSnapshot> devices)
    {
        var context = MemoryPlan.ChooseContext(settings.ContextLength, options.ContextLength, shape.TrainedContext);
        var plans = new List<PlacementPlan>();
        foreach (var device in devices.Where(d => d.Usable))
        {
            var packed = device.Id == DeviceMemory.Cpu && accelerator.IsWanted ? Math.Min(shape.PackedWeights, options.AcceleratorMemory) : 0;
            for (var parallel = Math.Max(1, options.Parallel); parallel >= 1; parallel /= 2)
            {
                var memory = MemoryPlan.For(shape, context, parallel, MicroBatch).Total;
                if (packed > 0)
                {
                    plans.Add(new PlacementPlan(device.Id, context, parallel, memory + packed, packed));
                }

                plans.Add(new PlacementPlan(device.Id, context, parallel, memory));
            }
        }

        return plans;
    }

    public RunnerSpec Spec(ServingModel model, LoadSettings settings, PlacementPlan plan) => new()
    {
        Id = BundleStore.NewId(),
        Model = new SpecModel { Digest = model.Digest, Name = model.Name, Files = model.Files, Key = model.Key },
        ContextLength = plan.ContextLength,
        Parallel = plan.Parallel,
        Threads = options.Threads > 0 ? options.Threads : Environment.ProcessorCount,
        Batch = MicroBatch,
        MicroBatch = MicroBatch,
        NativeDirectory = options.NativeDirectory,
        Turns = options.TurnsDirectory,
        Accelerator = accelerator.SpecFor(plan.PackBudget),
        GpuLayers = plan.Device == DeviceMemory.Cpu ? 0 : 999,
        Device = plan.Device,
        MemoryReserved = plan.Memory,
        WeightBytes = model.Shape.Weights,
        KeepAliveMilliseconds = (long?)settings.KeepAlive?.TotalMilliseconds,
    };
}
