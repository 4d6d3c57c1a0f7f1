using System.Diagnostics.Metrics;
using Ilab.Engine.Serving.Models;

namespace Ilab.Daemon.Telemetry;

/// <summary>Instruments of the state of the engine: models, queues, caches, memory and jobs.</summary>
internal sealed class EngineGauges : IDisposable
{
    public const string Source = "Ilab.Daemon";

    private readonly Meter _meter = new(Source);
    private readonly EngineSample _sample;

    public EngineGauges(EngineSample sample)
    {
        _sample = sample;
        _meter.CreateObservableGauge("ilab.models.loaded", () => sample.Models.Count, "{model}", "Loaded models.");
        _meter.CreateObservableGauge("ilab.queue.requests", () => sample.Unplaced, "{request}", "Requests that wait for a model to be placed.");
        _meter.CreateObservableGauge("ilab.jobs.active", () => sample.Jobs, "{job}", "Jobs that have not ended.");
        AddModel("ilab.model.requests.running", "{request}", "Requests in progress.", static model => model.Running);
        AddModel("ilab.model.requests.waiting", "{request}", "Requests that wait for a place.", static model => model.Waiting);
        AddModel("ilab.model.requests.limit", "{request}", "Requests that the model answers at once.", static model => model.Model.Parallel);
        AddModel("ilab.model.kv_cache.used", "{token}", "Tokens in the KV cache.", static model => model.CacheUsed);
        AddModel("ilab.model.kv_cache.limit", "{token}", "Tokens that the KV cache has room for.", static model => model.CacheCells);
        AddModel("ilab.model.memory.reserved", "By", "Memory reserved for the model on its device.", static model => model.Model.Memory);
        AddModel("ilab.model.memory.resident", "By", "Resident memory of the model's process.", static model => model.Model.Resident);
        AddModel("ilab.model.threads", "{thread}", "Compute threads of the last step.", static model => model.Model.Threads.Used);
        _meter.CreateObservableCounter("ilab.model.tokens", Tokens, "{token}", "Tokens computed since the model was loaded.");
        _meter.CreateObservableGauge("ilab.device.memory", DeviceMemory, "By", "Memory of devices: the limit for models and jobs, reserved, used by others.");
    }

    public void Dispose() => _meter.Dispose();

    private void AddModel(string name, string unit, string description, Func<ModelActivity, long> value) =>
        _meter.CreateObservableGauge(
            name,
            () => _sample.Models.Select(model => new Measurement<long>(value(model), ModelTag(model), DeviceTag(model.Model.Device))),
            unit,
            description
        );

    private IEnumerable<Measurement<long>> Tokens() =>
        _sample.Models.SelectMany(static model =>
            new[]
            {
                new Measurement<long>(model.PromptTokens, ModelTag(model), DeviceTag(model.Model.Device), new("type", "prompt")),
                new Measurement<long>(model.GeneratedTokens, ModelTag(model), DeviceTag(model.Model.Device), new("type", "generated")),
            }
        );

    private IEnumerable<Measurement<long>> DeviceMemory() =>
        _sample.Devices.SelectMany(static device =>
            new[]
            {
                new Measurement<long>(device.Budget, DeviceTag(device.Id), new("state", "limit")),
                new Measurement<long>(device.Reserved, DeviceTag(device.Id), new("state", "reserved")),
                new Measurement<long>(device.UsedByOthers, DeviceTag(device.Id), new("state", "others")),
            }
        );

    private static KeyValuePair<string, object?> ModelTag(ModelActivity model) => new("model", model.Model.Name);

    private static KeyValuePair<string, object?> DeviceTag(string device) => new("device", device);
}
