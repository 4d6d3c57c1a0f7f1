using Ilab.Engine.Serving.Models;

namespace Ilab.Engine.Serving.Scheduling;

public sealed partial class Scheduler
{
    /// <summary>
    /// Unloads the models selected by <paramref name="match"/> and returns them when they are unloaded. Waits for running generations, or cancels them with
    /// <paramref name="force"/>.
    /// </summary>
    public async Task<IReadOnlyList<LoadedModel>> UnloadAsync(Func<LoadedModel, bool> match, bool force, CancellationToken cancellationToken)
    {
        var slots = await _loop
            .InvokeAsync(
                () =>
                {
                    var picked = _slots.Values.Where(s => match(s.Describe())).ToList();
                    foreach (var slot in picked)
                    {
                        slot.Draining = true;
                        Pin(slot, pinned: false);
                        _crashes.Forget(subject => subject.StartsWith(slot.Key + "|", StringComparison.Ordinal));
                        Drain(slot, force);
                    }

                    return picked.Select(s => (Model: s.Describe(), Gone: s.Gone.Task)).ToList();
                },
                cancellationToken
            )
            .ConfigureAwait(false);
        await Task.WhenAll(slots.Select(s => s.Gone)).WaitAsync(cancellationToken).ConfigureAwait(false);
        return [.. slots.Select(s => s.Model)];
    }

    /// <summary>Allows models that were parked after crashes to start again, after operator intervention.</summary>
    public void ResetCrashes(string key) => _crashes.Forget(subject => subject.StartsWith(key + "|", StringComparison.Ordinal));

    // Stops a slot, immediately or once it is idle.
    private void Drain(Slot slot, bool force)
    {
        if (force)
        {
            foreach (var waiter in slot.Waiters)
            {
                waiter.Fail(new Errors.EngineException(Errors.ErrorKind.Cancelled, $"{slot.Runner.Spec.Model.Name} was unloaded by request"));
            }

            slot.Waiters.Clear();
        }

        if (force || (slot.Active == 0 && slot.Waiters.Count == 0))
        {
            BeginStop(slot, "on request", force);
        }
    }

    // The slot has less to do: stop it, or start its keep-alive timer.
    private void OnIdle(Slot slot)
    {
        if (slot.Active > 0 || slot.Waiters.Count > 0 || slot.StopReason is not null || !_slots.ContainsKey(slot.Runner.Id))
        {
            return;
        }

        if (slot.Draining)
        {
            BeginStop(slot, "on request", force: false);
            return;
        }

        slot.Expiry?.Dispose();
        slot.ExpiresAt = null;
        if (slot.IsPinned)
        {
            return;
        }

        if (slot.KeepAlive == TimeSpan.Zero)
        {
            BeginStop(slot, "keep-alive is 0", force: false);
        }
        else if (slot.KeepAlive > TimeSpan.Zero && slot.KeepAlive.TotalMilliseconds < uint.MaxValue - 1)
        {
            slot.ExpiresAt = _time.GetUtcNow() + slot.KeepAlive;
            slot.Expiry = _time.CreateTimer(_ => _loop.Post(() => Expire(slot)), null, slot.KeepAlive, Timeout.InfiniteTimeSpan);
        }
    }

    private void Expire(Slot slot)
    {
        // It may have been used between the timer and now.
        if (slot.ExpiresAt is { } expires && expires <= _time.GetUtcNow() && !slot.IsPinned && slot.Active == 0 && slot.Waiters.Count == 0)
        {
            BeginStop(slot, "keep-alive expired", force: false);
        }
    }

    private void BeginStop(Slot slot, string reason, bool force)
    {
        if (slot.StopReason is not null && !force)
        {
            return;
        }

        slot.StopReason ??= reason;
        slot.Expiry?.Dispose();
        slot.ExpiresAt = null;
        SchedulingLog.Unloading(_log, slot.Runner.Spec.Model.Name, slot.Runner.Id, reason);
        _ = StopAsync(slot, force);
    }

    private async Task StopAsync(Slot slot, bool force)
    {
        try
        {
            await Task.Yield();
            // Bounded by the supervisor, which requests, terminates, kills, and gives up when the service stops.
            await _supervisor.StopAsync(slot.Runner, force, CancellationToken.None).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The service is stopping; the next one decides anew.
        }
        catch (Exception e)
        {
            SchedulingLog.StopFailed(_log, slot.Runner.Id, e);
        }
    }
}
