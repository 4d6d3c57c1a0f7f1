using Ilab.Engine.Jobs;
using Ilab.Engine.Serving.Devices;
using Ilab.Engine.Serving.Inference;
using Ilab.Engine.Serving.Models;

namespace Ilab.Daemon.Telemetry;

/// <summary>What the engine is doing, as last asked: instruments are read at once, and runners take a moment to answer.</summary>
internal sealed class EngineSample(InferenceEngine engine, JobManager jobs, DeviceLedger ledger)
{
    private IReadOnlyList<ModelActivity> _models = [];

    public IReadOnlyList<ModelActivity> Models => Volatile.Read(ref _models);

    public IReadOnlyList<DeviceSnapshot> Devices => ledger.Snapshot();

    /// <summary>Jobs that have not ended.</summary>
    public int Jobs => jobs.Active;

    /// <summary>Requests that wait for a model to be placed.</summary>
    public int Unplaced => engine.Unplaced;

    /// <summary>Asks the runners.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken) => Volatile.Write(ref _models, await engine.ActivityAsync(cancellationToken));
}
