using System.Globalization;
using Ilab.Engine.Events;
using Ilab.Engine.Serving.Models;
using Ilab.Engine.Serving.Runners;
using Ilab.Engine.Serving.Scheduling;

namespace Ilab.Daemon.Hosting;

/// <summary>Publishes scheduler events to the event bus.</summary>
internal sealed class SchedulerEvents(EventBus events) : ISchedulerEvents
{
    public void Started(LoadedModel model) => Publish("runner", "start", model);

    public void Loaded(LoadedModel model) => Publish("model", "load", model, ("memory", model.Memory.ToString(CultureInfo.InvariantCulture)));

    public void Unloaded(LoadedModel model, string reason) => Publish("model", "unload", model, ("reason", reason));

    public void Died(LoadedModel model, RunnerEnd end) => Publish("runner", "die", model, ("reason", end.Describe()));

    private void Publish(string type, string action, LoadedModel model, params (string Key, string Value)[] attributes) =>
        events.Publish(
            type,
            action,
            type == "runner" ? model.RunnerId : model.Digest,
            model.Name,
            [("runner", model.RunnerId), ("device", model.Device), .. attributes]
        );
}
