using Ilab.Engine.Serving.Models;
using Ilab.Engine.Serving.Runners;

namespace Ilab.Engine.Serving.Scheduling;

/// <summary>A lease on a loaded model: while it is held, the model is busy and stays loaded.</summary>
public sealed class RunnerLease : IDisposable
{
    private Action<bool>? _release;

    internal RunnerLease(RunnerHandle runner, LoadedModel model, Action<bool> release)
    {
        Runner = runner;
        Model = model;
        _release = release;
    }

    public LoadedModel Model { get; }

    /// <summary>Adapter files used by requests of this lease.</summary>
    internal IReadOnlyList<string> Adapters { get; init; } = [];

    internal RunnerHandle Runner { get; }

    /// <summary>Releases the lease after success, which resets the consecutive-crash count.</summary>
    public void Succeeded() => Interlocked.Exchange(ref _release, null)?.Invoke(true);

    public void Dispose() => Interlocked.Exchange(ref _release, null)?.Invoke(false);
}
