using Ilab.Engine.Serving.Generation;
using Ilab.Engine.Serving.Models;

namespace Ilab.Engine.Serving.Scheduling;

/// <summary>A request without a lease. Accessed only by the scheduler's loop.</summary>
internal sealed class Waiter(ServingModel model, LoadSettings settings, Action<GenerationEvent> tell)
{
    private string _told = "";

    public ServingModel Model { get; } = model;

    public LoadSettings Settings { get; } = settings;

    public TaskCompletionSource<RunnerLease> Granted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Set if it only reserves memory, without loading a model.</summary>
    public TaskCompletionSource<IDisposable>? Reserved { get; init; }

    /// <summary>Id of the reservation in the ledger.</summary>
    public string ReservationId { get; init; } = "";

    /// <summary>That memory together with what the work holds already; null when a model is to be loaded.</summary>
    public PlacementPlan? Whole { get; init; }

    /// <summary>Order of arrival.</summary>
    public long Sequence { get; set; }

    /// <summary>Possible ways to start it, once computed.</summary>
    public IReadOnlyList<PlacementPlan>? Plans { get; set; }

    /// <summary>Whether it has waited so long that others must make room.</summary>
    public bool Impatient { get; set; }

    public ITimer? Patience { get; set; }

    /// <summary>Fires when the delay after a crash is over.</summary>
    public ITimer? Pause { get; set; }

    public void Queued(int position, string reason)
    {
        if (_told != position + reason)
        {
            _told = position + reason;
            tell(new GenerationQueued(0, position, reason));
        }
    }

    public void Loading(string phase, float fraction, string warning = "") =>
        tell(new GenerationLoading(new LoadProgress(phase, fraction) { Warning = warning }));

    /// <summary>It has left the queue.</summary>
    public void Placed()
    {
        Patience?.Dispose();
        Pause?.Dispose();
    }

    public void Fail(Exception error)
    {
        Placed();
        Model.Dispose();
        if (Reserved is not null)
        {
            Reserved.TrySetException(error);
            return;
        }

        Granted.TrySetException(error);
    }
}
