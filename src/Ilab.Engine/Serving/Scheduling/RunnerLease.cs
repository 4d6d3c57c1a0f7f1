using Ilab.Engine.Serving.Models;
using Ilab.Engine.Serving.Runners;

namespace Ilab.Engine.Serving.Scheduling;

/// <summary>The right to use a loaded model: as long as it is held, the model is busy and stays.</summary>
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

    /// <summary>Files of the adapters that requests of this lease use beside the runner's weights.</summary>
    internal IReadOnlyList<string> Adapters { get; init; } = [];

    internal RunnerHandle Runner { get; }

    /// <summary>Gives it back after it did what was asked: a row of crashes ends.</summary>
    public void Succeeded() => Interlocked.Exchange(ref _release, null)?.Invoke(true);

    public void Dispose() => Interlocked.Exchange(ref _release, null)?.Invoke(false);
}
