using Ilab.Engine.Serving.Devices;
using Ilab.Engine.Serving.Scheduling;
using Ilab.Runner.Contract.Bundles;

namespace Ilab.Executors.Local;

/// <summary>What the executor has to know of this machine's devices, and the ledger that it shares with models that are served.</summary>
public interface ILocalDevices
{
    /// <summary>How a runner speeds up matrix products here.</summary>
    AcceleratorSpec Accelerator { get; }

    /// <summary>GPUs that a training which names no device leaves alone, with the reason; one line each.</summary>
    IEnumerable<string> Unused();

    /// <inheritdoc cref="Scheduler.ReserveAsync"/>
    Task<IDisposable> ReserveAsync(string id, string name, Reservation memory, Action<string> tell, CancellationToken cancellationToken, long held = 0);

    /// <inheritdoc cref="Scheduler.Hold"/>
    IDisposable Hold(string id, Reservation memory);
}

/// <summary>The devices as the scheduler has them.</summary>
public sealed class SchedulerDevices(Scheduler scheduler) : ILocalDevices
{
    public AcceleratorSpec Accelerator => scheduler.Accelerator.SpecFor(0);

    public IEnumerable<string> Unused() =>
        from gpu in scheduler.Devices()
        where gpu.IsGpu
        let reason = gpu.Usable ? $"trainings run on the CPU unless --device {gpu.Id} is given" : gpu.Problem
        select $"{gpu.Id} ({gpu.Name}) is not used: {reason}";

    public Task<IDisposable> ReserveAsync(
        string id,
        string name,
        Reservation memory,
        Action<string> tell,
        CancellationToken cancellationToken,
        long held = 0
    ) => scheduler.ReserveAsync(id, name, memory, tell, cancellationToken, held);

    public IDisposable Hold(string id, Reservation memory) => scheduler.Hold(id, memory);
}
