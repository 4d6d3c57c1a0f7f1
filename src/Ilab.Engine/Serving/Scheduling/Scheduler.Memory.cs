using Ilab.Engine.Errors;
using Ilab.Engine.Serving.Devices;
using Ilab.Engine.Serving.Generation;
using Ilab.Engine.Serving.Models;

namespace Ilab.Engine.Serving.Scheduling;

public sealed partial class Scheduler
{
    /// <summary>Takes memory of a device for work that is no model: waits for it, and has idle models unloaded for it, as a model to be loaded does.</summary>
    /// <param name="id">Of the reservation; another one of that id is replaced.</param>
    /// <param name="name">Of the work, for people.</param>
    /// <param name="memory">What it will take, and where.</param>
    /// <param name="tell">Hears why it waits.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>Gives the memory back when it is disposed.</returns>
    /// <exception cref="EngineException"><see cref="ErrorKind.DoesNotFit"/>: never, with what the machine has; <see cref="ErrorKind.NotFound"/>: no such
    /// device;
    /// <see cref="ErrorKind.CannotLoad"/>: it cannot be used.</exception>
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

    /// <summary>Enters memory that work of an earlier service has already.</summary>
    public IDisposable Hold(string id, Reservation memory)
    {
        _ledger.Set(id, memory);
        return new MemoryLease(this, id);
    }

    /// <summary>The devices of this machine, as they are now.</summary>
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
