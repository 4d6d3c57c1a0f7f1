using System.Collections.Concurrent;

namespace Ilab.Runner.Inference;

internal sealed partial class DecodeLoop
{
    private readonly ConcurrentQueue<Action> _aside = new();

    /// <summary>Computes something else on the decode thread, between two steps: computing beside it would make both many times slower.</summary>
    /// <exception cref="OperationCanceledException">The loop has ended.</exception>
    public Task<T> RunAsideAsync<T>(Func<T> work, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _aside.Enqueue(() =>
        {
            if (_stop || cancellationToken.IsCancellationRequested)
            {
                done.TrySetCanceled(CancellationToken.None);
                return;
            }

            try
            {
                done.TrySetResult(work());
            }
            catch (Exception exception)
            {
                done.TrySetException(exception);
            }
        });
        if (_ended)
        {
            DoAside();
        }
        else
        {
            _wake.Release();
        }

        return done.Task;
    }

    private void DoAside()
    {
        while (_aside.TryDequeue(out var work))
        {
            work();
            if (_running.Count > 0)
            {
                return; // the generations have the next turn
            }
        }
    }
}
