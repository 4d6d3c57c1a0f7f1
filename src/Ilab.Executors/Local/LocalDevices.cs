using Ilab.Engine.Serving.Devices;
using Ilab.Engine.Serving.Scheduling;
using Ilab.Runner.Contract.Bundles;

namespace Ilab.Executors.Local;

/// <summary>Device information for the executor, and the ledger shared with served models.</summary>
public interface ILocalDevices
{
    /// <summary>Accelerator settings of runners.</summary>
    AcceleratorSpec Accelerator { get; }

    /// <summary>GPUs that are not used by a training without an explicit device, with the reason; one line each.</summary>
    IEnumerable<string> Unused();

    /// <inheritdoc cref="Scheduler.ReserveAsync"/>
    Task<IDisposable> ReserveAsync(string id, string name, Reservation memory, Action<string> tell, CancellationToken cancellationToken, long held = 0);

    /// <inheritdoc cref="Scheduler.Hold"/>
    IDisposable Hold(string id, Reservation memory);
}

/// <summary>The devices of the scheduler.</summary>
public sealed class SchedulerDevices(Scheduler scheduler) : ILocalDevices
{
    public AcceleratorSpec Accelerator => scheduler.Accelerator.SpecFor(0);

    public IEnumerable<string> Unused() =>
        from gpu in scheduler.Devices()
        where gpu.IsGpu
        let reason = gpu.Usable ? $"training runs on the CPU unless --device {gpu.Id} is given" : gpu.Problem
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
