using Ilab.Engine.Errors;
using Ilab.Engine.Serving.Devices;
using Ilab.Engine.Serving.Generation;
using Ilab.Engine.Serving.Models;
using Ilab.Runner.Contract.Bundles;

namespace Ilab.Engine.Serving.Scheduling;

public sealed partial class Scheduler
{
    /// <summary>
    /// Waits for a lease on a runner of <paramref name="model"/>, loading the model if needed; concurrent requests share one load. Reports queueing and loading
    /// to <paramref name="tell"/>. Takes ownership of <paramref name="model"/> in any case.
    /// </summary>
    /// <exception cref="EngineException">It does not fit, cannot be loaded, its runner died while loading, or the device does not exist.</exception>
    public async Task<RunnerLease> AcquireAsync(ServingModel model, LoadSettings settings, Action<GenerationEvent> tell, CancellationToken cancellationToken)
    {
        if (settings.Device.Length > 0 || settings.GpuLayers is not null)
        {
            RequireDevice(model, settings);
        }

        var waiter = new Waiter(model, settings, tell);
        _loop.Post(() => Enqueue(waiter));
        try
        {
            return await waiter.Granted.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            _loop.Post(() => Withdraw(waiter));
            throw;
        }
    }

    /// <summary>A lease on an existing runner, whatever it serves; null if it is gone.</summary>
    internal Task<RunnerLease?> HoldAsync(string runnerId, CancellationToken cancellationToken) =>
        _loop.InvokeAsync(() => _slots.TryGetValue(runnerId, out var slot) && slot.StopReason is null ? Lease(slot) : null, cancellationToken);

    private void RequireDevice(ServingModel model, LoadSettings settings)
    {
        try
        {
            var devices = _ledger.Snapshot();
            DeviceChoice.Require(_specs.Wanted(settings), devices);
            if (settings.GpuLayers is not null)
            {
                DeviceChoice.RequireGpu(_specs.Wanted(settings), devices);
            }
        }
        catch (EngineException)
        {
            model.Dispose();
            throw;
        }
    }

    private void Enqueue(Waiter waiter)
    {
        if (_stopped)
        {
            waiter.Fail(Stopping());
            return;
        }

        waiter.Sequence = ++_sequence;
        waiter.Patience = _time.CreateTimer(_ => _loop.Post(() => LosePatience(waiter)), null, Patience, Timeout.InfiniteTimeSpan);
        _queue.Add(waiter);
        Evaluate();
    }

    private void LosePatience(Waiter waiter)
    {
        waiter.Impatient = true;
        Evaluate();
    }

    // The caller gave up before it got its lease.
    private void Withdraw(Waiter waiter)
    {
        waiter.Placed();
        if (waiter.Reserved is { } reserved && !reserved.TrySetCanceled() && reserved.Task.IsCompletedSuccessfully)
        {
            _ = GiveBackAsync(reserved.Task);
        }

        if (waiter.Granted.Task.IsCompletedSuccessfully)
        {
            _ = GiveBackAsync(waiter.Granted.Task);
            return;
        }

        waiter.Granted.TrySetCanceled();
        waiter.Model.Dispose();
        _queue.Remove(waiter);
        foreach (var slot in _slots.Values)
        {
            if (slot.Waiters.Remove(waiter))
            {
                OnIdle(slot);
            }
        }

        foreach (var slot in _slots.Values.Where(s => s.HeldFor == waiter.Sequence))
        {
            slot.HeldFor = null;
        }

        Evaluate();
    }

    private static async Task GiveBackAsync<T>(Task<T> granted)
        where T : IDisposable => (await granted.ConfigureAwait(false)).Dispose();

    private void Join(Waiter waiter, Slot slot)
    {
        waiter.Placed();
        if (waiter.Model.Adapters.Count == 0)
        {
            // The slot leases the weights for all requests; adapters are leased while in use.
            waiter.Model.Dispose();
        }

        if (waiter.Model.Name != slot.Runner.Spec.Model.Name)
        {
            slot.Others.Add(waiter.Model.Name);
        }

        slot.LastUsed = ++_sequence;
        if (waiter.Settings.KeepAlive is { } keepAlive)
        {
            slot.KeepAlive = keepAlive;
        }

        if (waiter.Settings.IsPinned is { } pinned)
        {
            Pin(slot, pinned);
        }

        slot.Expiry?.Dispose();
        slot.ExpiresAt = null;
        if (slot.State == SlotState.Ready)
        {
            Grant(waiter, slot);
            return;
        }

        slot.Waiters.Add(waiter);
        waiter.Loading(slot.State == SlotState.Loading ? "loading" : "starting", slot.Fraction, WarningOf(slot.Runner.Spec));
    }

    private static string WarningOf(RunnerSpec spec) =>
        string.Join("; ", new[] { spec.DeviceWarning, spec.ModelWarning }.Where(static warning => warning.Length > 0));

    private void Pin(Slot slot, bool pinned)
    {
        if (pinned ? _pinned.Add(slot.Key) : _pinned.Remove(slot.Key))
        {
            slot.IsPinned = pinned;
            _supervisor.Pin(slot.Runner, pinned);
        }
    }

    private void Grant(Waiter waiter, Slot slot)
    {
        var lease = Lease(slot, waiter.Model);
        if (!waiter.Granted.TrySetResult(lease))
        {
            lease.Dispose();
        }
    }

    /// <param name="model">The requested model; null = the model that the runner was started for.</param>
    private RunnerLease Lease(Slot slot, ServingModel? model = null)
    {
        slot.Leases++;
        slot.Expiry?.Dispose();
        slot.ExpiresAt = null;
        var described = model is null ? slot.Describe() : slot.Describe() with { Name = model.Name, Digest = model.Digest };
        return new RunnerLease(
            slot.Runner,
            described,
            succeeded =>
            {
                model?.Dispose();
                _loop.Post(() => Release(slot, succeeded));
            }
        )
        {
            Adapters = model?.Adapters ?? [],
        };
    }

    private void Release(Slot slot, bool succeeded)
    {
        slot.Leases--;
        if (succeeded)
        {
            _crashes.Succeeded(slot.CrashSubject);
        }

        OnIdle(slot);
        if (slot.Leases == 0)
        {
            Evaluate();
        }
    }
}
