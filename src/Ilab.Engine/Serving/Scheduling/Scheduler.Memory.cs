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
    /// <param name="held">Bytes of the device that the work has already: waiting for what can never fit beside them would be in vain.</param>
    /// <returns>Gives the memory back when it is disposed.</returns>
    /// <exception cref="EngineException"><see cref="ErrorKind.DoesNotFit"/>: never, with what the machine has; <see cref="ErrorKind.InvalidArgument"/>: no such
    /// device; <see cref="ErrorKind.CannotLoad"/>: it cannot be used.</exception>
    public async Task<IDisposable> ReserveAsync(
        string id,
        string name,
        Reservation memory,
        Action<string> tell,
        CancellationToken cancellationToken,
        long held = 0
    )
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
            Whole = new PlacementPlan(memory.Device, 0, 1, held + memory.Bytes),
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

    /// <summary>Records memory that work uses already; another entry of that id is replaced. Disposing what was replaced changes nothing.</summary>
    public IDisposable Hold(string id, Reservation memory)
    {
        _ledger.Set(id, memory);
        return new MemoryLease(this, id, memory);
    }

    /// <summary>The current state of this machine's devices.</summary>
    public IReadOnlyList<DeviceSnapshot> Devices() => _ledger.Snapshot();

    /// <summary>Work that holds memory waits for more only if all of it fits some day.</summary>
    private static PlacementDecision Decide(PlacementSnapshot snapshot, PlacementRequest request, PlacementPlan? whole)
    {
        var decision = PlacementPolicy.Decide(snapshot, request);
        return
            decision is PlacementDecision.Wait
            && whole is not null
            && PlacementPolicy.Decide(snapshot, request with { Plans = [whole] }) is PlacementDecision.Refuse refusal
            ? refusal
            : decision;
    }

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

    private sealed class MemoryLease(Scheduler scheduler, string id, Reservation memory) : IDisposable
    {
        private int _disposed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0)
            {
                scheduler._ledger.Remove(id, memory);
                scheduler._loop.Post(scheduler.Evaluate);
            }
        }
    }
}
