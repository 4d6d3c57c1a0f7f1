using System.Collections.Concurrent;

namespace Ilab.Runner.Inference;

/// <summary>Other work for the thread that computes, between two steps: all native state of a model is its own.</summary>
internal sealed partial class DecodeLoop
{
    private readonly ConcurrentQueue<(Action Action, TaskCompletionSource<bool> Done)> _errands = new();

    /// <summary>Runs an action on the loop's thread, one between two steps. It must not throw.</summary>
    /// <returns>Whether it was run; false = the loop has ended.</returns>
    public Task<bool> RunAsync(Action action)
    {
        var done = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        _errands.Enqueue((action, done));
        if (_ended)
        {
            EndErrands();
        }

        _wake.Release();
        return done.Task;
    }

    /// <returns>Whether there was one.</returns>
    private bool RunErrand()
    {
        if (!_errands.TryDequeue(out var errand))
        {
            return false;
        }

        errand.Action();
        errand.Done.SetResult(true);
        return true;
    }

    private void EndErrands()
    {
        while (_errands.TryDequeue(out var errand))
        {
            errand.Done.SetResult(false);
        }
    }
}
