using Ilab.Engine.Serving.Models;
using Ilab.Engine.Serving.Runners;

namespace Ilab.Engine.Serving.Scheduling;

/// <summary>For hosts that keep no record of what was loaded when.</summary>
public sealed class NoSchedulerEvents : ISchedulerEvents
{
    public void Started(LoadedModel model)
    {
        // Nobody listens.
    }

    public void Loaded(LoadedModel model)
    {
        // Nobody listens.
    }

    public void Unloaded(LoadedModel model, string reason)
    {
        // Nobody listens.
    }

    public void Died(LoadedModel model, RunnerEnd end)
    {
        // Nobody listens.
    }
}
