using Ilab.Engine.Serving.Devices;
using Ilab.Engine.Serving.Models;
using Ilab.Runner.Contract.Bundles;

namespace Ilab.Engine.Serving.Scheduling;

public sealed partial class Scheduler
{
    /// <summary>The ways in which a model could be loaded, best first: those that a request for it would choose from.</summary>
    /// <param name="devices">That it could be loaded on; this machine's, or another's.</param>
    public IReadOnlyList<PlacementPlan> PlansOf(ServingModel model, LoadSettings settings, IReadOnlyList<DeviceSnapshot> devices) =>
        _specs.Plans(model, settings, devices);

    /// <summary>The parts of what a plan reserves, of its device and of the host beside it.</summary>
    public (IReadOnlyList<MemoryPart> Device, IReadOnlyList<MemoryPart> Host) PartsOf(ServingModel model, LoadSettings settings, PlacementPlan plan) =>
        _specs.Parts(model, settings, plan);

    /// <summary>What a runner of a plan would be told. Nothing is started.</summary>
    public RunnerSpec SpecOf(ServingModel model, LoadSettings settings, PlacementPlan plan) => _specs.Spec(model, settings, plan, []);

    /// <summary>The device that settings ask for, or the service's default.</summary>
    public string DeviceOf(LoadSettings settings) => _specs.Wanted(settings);
}
