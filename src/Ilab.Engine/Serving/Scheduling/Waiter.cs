using Ilab.Engine.Serving.Generation;
using Ilab.Engine.Serving.Models;

namespace Ilab.Engine.Serving.Scheduling;

/// <summary>A request that has no lease yet. Touched by the scheduler's loop only.</summary>
internal sealed class Waiter(ServingModel model, LoadSettings settings, Action<GenerationEvent> tell)
{
    private string _told = "";

    public ServingModel Model { get; } = model;

    public LoadSettings Settings { get; } = settings;

    public TaskCompletionSource<RunnerLease> Granted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Set when it wants memory alone, without a model to be loaded.</summary>
    public TaskCompletionSource<IDisposable>? Reserved { get; init; }

    /// <summary>Of that memory in the ledger.</summary>
    public string ReservationId { get; init; } = "";

    /// <summary>That memory together with what the work holds already; null when a model is to be loaded.</summary>
    public PlacementPlan? Whole { get; init; }

    /// <summary>Order of arrival.</summary>
    public long Sequence { get; set; }

    /// <summary>How it could be started, once that has been worked out.</summary>
    public IReadOnlyList<PlacementPlan>? Plans { get; set; }

    /// <summary>It has waited so long that others make room.</summary>
    public bool Impatient { get; set; }

    public ITimer? Patience { get; set; }

    /// <summary>Wakes it when a pause after a crash is over.</summary>
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

    /// <summary>No longer in the queue.</summary>
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
