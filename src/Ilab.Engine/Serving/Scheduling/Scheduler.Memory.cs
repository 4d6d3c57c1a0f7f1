using Ilab.Engine.Errors;
using Ilab.Engine.Serving.Devices;
using Ilab.Engine.Serving.Generation;
using Ilab.Engine.Serving.Models;

namespace Ilab.Engine.Serving.Scheduling;

public sealed partial class Scheduler
{
    /// <summary>Reserves device memory for non-model work: waits for it, and has idle models unloaded, like a request for a model.</summary>
    /// <param name="id">Id of the reservation; replaces an existing one with that id.</param>
    /// <param name="name">Display name of the work.</param>
    /// <param name="memory">How much memory, on which device.</param>
    /// <param name="tell">Receives the reason for waiting.</param>
    /// <param name="cancellationToken">Cancels the waiting.</param>
    /// <returns>Releases the memory when disposed.</returns>
    /// <exception cref="EngineException"><see cref="ErrorKind.DoesNotFit"/>: more than the machine can ever provide; <see cref="ErrorKind.NotFound"/>: no such
    /// device; <see cref="ErrorKind.CannotLoad"/>: the device cannot be used.</exception>
    public async Task<IDisposable> ReserveAsync(string id, string name, Reservation memory, Action<string> tell, CancellationToken cancellationToken)
    {
        DeviceChoice.Require(memory.Device, _ledger.Snapshot());
        var work = new ServingModel(null)
        {
            Key = "memory:" + id,
            Digest = "",
            Name = name,
            Files = [],
            Shape = new ModelShape(),
        };
        var waiter = new Waiter(work, new LoadSettings(), e => tell((e as GenerationQueued)?.Reason ?? ""))
        {
            Plans = [new PlacementPlan(memory.Device, 0, 1, memory.Bytes)],
            Reserved = new TaskCompletionSource<IDisposable>(TaskCreationOptions.RunContinuationsAsynchronously),
            ReservationId = id,
        };
        _loop.Post(() => Enqueue(waiter));
        try
        {
            return await waiter.Reserved.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            _loop.Post(() => Withdraw(waiter));
            throw;
        }
    }

    /// <summary>Records memory that work started by an earlier service already uses.</summary>
    public IDisposable Hold(string id, Reservation memory)
    {
        _ledger.Set(id, memory);
        return new MemoryLease(this, id);
    }

    /// <summary>The current state of this machine's devices.</summary>
    public IReadOnlyList<DeviceSnapshot> Devices() => _ledger.Snapshot();

    private bool Reserve(Waiter waiter, PlacementPlan plan)
    {
        waiter.Placed();
        var lease = Hold(waiter.ReservationId, new Reservation(plan.Device, plan.Memory, 0));
        if (!waiter.Reserved!.TrySetResult(lease))
        {
            lease.Dispose();
        }

        return true;
    }

    private sealed class MemoryLease(Scheduler scheduler, string id) : IDisposable
    {
        private int _disposed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0)
            {
                scheduler._ledger.Remove(id);
                scheduler._loop.Post(scheduler.Evaluate);
            }
        }
    }
}
