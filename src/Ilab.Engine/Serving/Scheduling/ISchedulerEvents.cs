using Ilab.Engine.Serving.Models;
using Ilab.Engine.Serving.Runners;

namespace Ilab.Engine.Serving.Scheduling;

/// <summary>Hears what the scheduler did, for the record. Must return at once.</summary>
public interface ISchedulerEvents
{
    void Started(LoadedModel model);

    void Loaded(LoadedModel model);

    void Unloaded(LoadedModel model, string reason);

    /// <summary>The runner ended without being asked to.</summary>
    void Died(LoadedModel model, RunnerEnd end);
}
