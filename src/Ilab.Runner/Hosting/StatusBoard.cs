using System.Runtime.CompilerServices;
using Ilab.Runner.Contract.V1;

namespace Ilab.Runner.Hosting;

/// <summary>The runner's state, with every change told to whoever watches; a slow watcher sees the newest state, not each one.</summary>
internal sealed class StatusBoard
{
    private readonly Lock _gate = new();
    private RunnerStatus _current = new() { State = RunnerStatus.Types.State.Loading };
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _watchers;

    public RunnerStatus Current
    {
        get
        {
            lock (_gate)
            {
                return _current;
            }
        }
    }

    /// <summary>Completes when nobody watches any more.</summary>
    public bool HasWatchers => Volatile.Read(ref _watchers) > 0;

    public void Loading(float fraction) => Set(new RunnerStatus { State = RunnerStatus.Types.State.Loading, Fraction = fraction });

    public void Ready(ModelInfo model) => Set(new RunnerStatus { State = RunnerStatus.Types.State.Ready, Fraction = 1, Model = model });

    public void Failed(string kind, string message) => Set(new RunnerStatus { State = RunnerStatus.Types.State.Failed, ErrorKind = kind, Error = message });

    public void Stopping()
    {
        lock (_gate)
        {
            if (_current.State == RunnerStatus.Types.State.Failed)
            {
                return;
            }
        }

        Set(new RunnerStatus { State = RunnerStatus.Types.State.Stopping });
    }

    /// <summary>The current state, then each change; ends after the last state that can be.</summary>
    public async IAsyncEnumerable<RunnerStatus> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _watchers);
        try
        {
            RunnerStatus? last = null;
            while (true)
            {
                RunnerStatus now;
                Task changed;
                lock (_gate)
                {
                    now = _current;
                    changed = _changed.Task;
                }

                if (!ReferenceEquals(now, last))
                {
                    last = now;
                    yield return now;
                }

                if (now.State is RunnerStatus.Types.State.Failed or RunnerStatus.Types.State.Stopping)
                {
                    yield break;
                }

                await changed.WaitAsync(cancellationToken);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _watchers);
        }
    }

    private void Set(RunnerStatus status)
    {
        TaskCompletionSource told;
        lock (_gate)
        {
            _current = status;
            told = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        told.TrySetResult();
    }
}
