using Ilab.Engine.Serving.Models;
using Ilab.Engine.Serving.Runners;

namespace Ilab.Engine.Serving.Scheduling;

/// <summary>Discards all events.</summary>
public sealed class NullSchedulerEvents : ISchedulerEvents
{
    public void Started(LoadedModel model)
    {
        // Discarded.
    }

    public void Loaded(LoadedModel model)
    {
        // Discarded.
    }

    public void Unloaded(LoadedModel model, string reason)
    {
        // Discarded.
    }

    public void Died(LoadedModel model, RunnerEnd end)
    {
        // Discarded.
    }
}
