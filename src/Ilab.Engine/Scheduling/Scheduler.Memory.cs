using Ilab.Engine.Devices;
using Ilab.Engine.Errors;
using Ilab.Engine.Inference;

namespace Ilab.Engine.Scheduling;

public sealed partial class Scheduler
{
    /// <summary>Takes memory of the CPU for work that is no model: waits for it, and has idle models unloaded for it, as a model to be loaded does.</summary>
    /// <param name="id">Of the reservation; another one of that id is replaced.</param>
    /// <param name="name">Of the work, for people.</param>
    /// <param name="bytes">What it will take.</param>
    /// <param name="tell">Hears why it waits.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>Gives the memory back when it is disposed.</returns>
    /// <exception cref="EngineException"><see cref="ErrorKind.DoesNotFit"/>: never, with what the machine has.</exception>
    public async Task<IDisposable> ReserveAsync(string id, string name, long bytes, Action<string> tell, CancellationToken cancellationToken)
    {
        var work = new ServingModel(null) { Key = "memory:" + id, Digest = "", Name = name, Files = [], Shape = new ModelShape() };
        var waiter = new Waiter(work, new LoadSettings(), e => tell((e as GenerationQueued)?.Reason ?? ""))
        {
            Plans = [new PlacementPlan(DeviceMemory.Cpu, 0, 1, bytes)],
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
    public IDisposable Hold(string id, long bytes)
    {
        _ledger.Set(id, new Reservation(DeviceMemory.Cpu, bytes, 0));
        return new MemoryLease(this, id);
    }

    private bool Reserve(Waiter waiter, PlacementPlan plan)
    {
        waiter.Placed();
        var lease = Hold(waiter.ReservationId, plan.Memory);
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
