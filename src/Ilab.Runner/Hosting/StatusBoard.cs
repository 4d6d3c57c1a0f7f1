using System.Runtime.CompilerServices;
using Ilab.Native.Llama.Threads;
using Ilab.Runner.Contract.V1;

namespace Ilab.Runner.Hosting;

/// <summary>The runner's status, with change notifications for watchers; a slow watcher sees the latest status, not every change.</summary>
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

    /// <summary>Whether there are any watchers.</summary>
    public bool HasWatchers => Volatile.Read(ref _watchers) > 0;

    public void Loading(float fraction) => Set(new RunnerStatus { State = RunnerStatus.Types.State.Loading, Fraction = fraction });

    public void Ready(ModelInfo model) =>
        Set(
            new RunnerStatus
            {
                State = RunnerStatus.Types.State.Ready,
                Fraction = 1,
                Model = model,
            }
        );

    /// <summary>Updates the activity of the model, while it is ready and if it has changed.</summary>
    /// <param name="count">Queued or running generations; evaluated under the lock, so that the last update has the latest value.</param>
    /// <param name="products">Matrix multiplications done by the accelerator so far.</param>
    /// <param name="threads">The compute threads, and what limits them.</param>
    public void Active(Func<int> count, Func<long> products, Func<ThreadsInUse> threads) =>
        Change(status =>
        {
            var (now, used) = (count(), threads());
            return
                status.State == RunnerStatus.Types.State.Ready
                && (
                    status.Active != (uint)now
                    || status.Threads != (uint)used.Threads
                    || status.ThreadsLimit != (uint)used.Limit
                    || status.ThreadsReason != used.Reason
                )
                ? new RunnerStatus(status)
                {
                    Active = (uint)now,
                    AcceleratedProducts = (ulong)products(),
                    Threads = (uint)used.Threads,
                    ThreadsLimit = (uint)used.Limit,
                    ThreadsReason = used.Reason,
                }
                : null;
        });

    /// <summary>Corrects the memory of the model, while it is ready.</summary>
    /// <param name="bytes">Measured after a context was made or freed.</param>
    public void Measured(ulong bytes) =>
        Change(status =>
            status is { State: RunnerStatus.Types.State.Ready, Model: { } model } && model.Memory != bytes
                ? new RunnerStatus(status) { Model = new ModelInfo(model) { Memory = bytes } }
                : null
        );

    public void Failed(string kind, string message) =>
        Set(
            new RunnerStatus
            {
                State = RunnerStatus.Types.State.Failed,
                ErrorKind = kind,
                Error = message,
            }
        );

    /// <summary>Has no effect after a failure.</summary>
    public void Stopping() =>
        Change(static status =>
            status.State == RunnerStatus.Types.State.Failed ? null : new RunnerStatus { State = RunnerStatus.Types.State.Stopping, Active = status.Active }
        );

    /// <summary>The current status, then each change; ends after a final status.</summary>
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

    private void Set(RunnerStatus status) => Change(_ => status);

    /// <param name="next">Derives the next status from the current one; null = unchanged.</param>
    private void Change(Func<RunnerStatus, RunnerStatus?> next)
    {
        TaskCompletionSource told;
        lock (_gate)
        {
            if (next(_current) is not { } status)
            {
                return;
            }

            _current = status;
            told = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        told.TrySetResult();
    }
}
