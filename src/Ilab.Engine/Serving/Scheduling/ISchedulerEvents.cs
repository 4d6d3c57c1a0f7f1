using Ilab.Engine.Serving.Models;
using Ilab.Engine.Serving.Runners;

namespace Ilab.Engine.Serving.Scheduling;

/// <summary>Receives scheduler events for the event log. Must not block.</summary>
public interface ISchedulerEvents
{
    void Started(LoadedModel model);

    void Loaded(LoadedModel model);

    void Unloaded(LoadedModel model, string reason);

    /// <summary>The runner ended unexpectedly.</summary>
    void Died(LoadedModel model, RunnerEnd end);
}
