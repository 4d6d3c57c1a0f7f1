using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Ilab.Engine.Serving.Scheduling;

/// <summary>Runs posted actions one after another: the single writer of the scheduler's state.</summary>
internal sealed class SerialLoop : IAsyncDisposable
{
    private readonly Channel<Action> _actions = Channel.CreateUnbounded<Action>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Action _after;
    private readonly List<Action> _settled = [];
    private readonly ILogger _log;
    private readonly Task _running;

    /// <param name="after">Runs after each action.</param>
    /// <param name="log">Receives exceptions of actions, which are bugs; the loop continues.</param>
    public SerialLoop(Action after, ILogger log)
    {
        _after = after;
        _log = log;
        _running = Task.Run(RunAsync);
    }

    /// <summary>
    /// Called by an action: tells others of its result once <c>after</c> has run. Told earlier, they might not see yet what was done.
    /// </summary>
    public void Settle(Action tell) => _settled.Add(tell);

    /// <summary>Does nothing once the loop is disposed.</summary>
    public void Post(Action action) => _actions.Writer.TryWrite(action);

    public async Task<T> InvokeAsync<T>(Func<T> function, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var posted = _actions.Writer.TryWrite(() =>
        {
            try
            {
                var result = function();
                Settle(() => done.TrySetResult(result));
            }
            catch (Exception e)
            {
                done.TrySetException(e);
            }
        });
        if (!posted)
        {
            throw new ObjectDisposedException(nameof(SerialLoop));
        }

        return await done.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        _actions.Writer.TryComplete();
        await _running.ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        await foreach (var action in _actions.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                action();
                _after();
            }
            catch (Exception e)
            {
                SchedulingLog.LoopFailed(_log, e);
            }

            foreach (var tell in _settled)
            {
                tell();
            }

            _settled.Clear();
        }
    }
}
