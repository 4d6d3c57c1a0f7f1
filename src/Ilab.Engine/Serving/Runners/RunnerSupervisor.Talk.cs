using Grpc.Core;
using Ilab.Runner.Contract.Bundles;

namespace Ilab.Engine.Serving.Runners;

public sealed partial class RunnerSupervisor
{
    private static readonly TimeSpan FirstPoll = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LongestPoll = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    // A dying process closes its socket slightly before it releases its lock and before its parent is notified.
    private static readonly TimeSpan DeathDelay = TimeSpan.FromSeconds(2);

    // Null if it ended before its socket was listening.
    private async Task<RunnerReady?> WaitReadyAsync(RunnerHandle runner, CancellationToken cancellationToken)
    {
        var pause = FirstPoll;
        while (true)
        {
            var dead = runner.Process is { } child
                ? child.Exited.IsCompleted
                : BundleFacts.Of(runner.Bundle).Classify(_time.GetUtcNow()) is not (BundleCondition.Running or BundleCondition.Starting);
            if (dead)
            {
                return null;
            }

            if (runner.Bundle.ReadReady() is { } ready)
            {
                return ready;
            }

            await Task.Delay(pause, cancellationToken).ConfigureAwait(false);
            pause = Shorter(pause * 1.5, LongestPoll);
        }
    }

    // Talks to the runner, reconnecting when the connection breaks, until the process has ended.
    private async Task ConverseAsync(RunnerHandle runner, IRunnerObserver observer, CancellationToken cancellationToken)
    {
        var pause = LongestPoll;
        while (true)
        {
            var reason = await TalkAsync(runner, observer, cancellationToken).ConfigureAwait(false);
            if (runner.Drained.Task.IsCompleted)
            {
                // An open connection would delay its exit. Whoever requested the stop makes sure that it happens.
                runner.Client!.Dispose();
                await DeadAsync(runner, cancellationToken).ConfigureAwait(false);
                return;
            }

            if (await IsDeadAsync(runner, DeathDelay, cancellationToken).ConfigureAwait(false))
            {
                return;
            }

            RunnersLog.Unreachable(_log, runner.Id, reason);
            observer.OnUnreachable(runner);
            if (await IsDeadAsync(runner, pause, cancellationToken).ConfigureAwait(false))
            {
                return;
            }

            pause = Shorter(pause * 2, LongestPause);
        }
    }

    private static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;

    // Returns why the connection broke.
    private static async Task<string> TalkAsync(RunnerHandle runner, IRunnerObserver observer, CancellationToken cancellationToken)
    {
        using var broken = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var loaded = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var watching = WatchAsync(runner, observer, loaded, broken.Token);
        var session = CarryAsync(runner, loaded.Task, broken.Token);
        var first = await Task.WhenAny(watching, session).ConfigureAwait(false);
        if (watching.IsCompletedSuccessfully && await watching.ConfigureAwait(false) == RunnerPhase.Stopping && loaded.Task.IsCompleted)
        {
            // It has sent its last status, but its generations still run to their end.
            await Task.WhenAny(session, QuietAsync(runner, broken.Token)).ConfigureAwait(false);
        }

        await broken.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(watching, session).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        return first.Exception?.InnerException switch
        {
            RpcException e => e.Status.Detail,
            { } e => e.Message,
            null => "it closed the connection",
        };
    }

    // The last events of generations may still be in transit when the runner has agreed to stop.
    private static async Task QuietAsync(RunnerHandle runner, CancellationToken cancellationToken)
    {
        await runner.Drained.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        for (var waited = TimeSpan.Zero; waited < DeathDelay && runner.Session.IsBusy; waited += FirstPoll)
        {
            await Task.Delay(FirstPoll, cancellationToken).ConfigureAwait(false);
        }
    }

    // Returns the last phase that it reported.
    private static async Task<RunnerPhase> WatchAsync(
        RunnerHandle runner,
        IRunnerObserver observer,
        TaskCompletionSource loaded,
        CancellationToken cancellationToken
    )
    {
        var last = RunnerPhase.Loading;
        await foreach (var report in runner.Client!.WatchAsync(cancellationToken).ConfigureAwait(false))
        {
            last = report.Phase;
            if (last == RunnerPhase.Ready)
            {
                loaded.TrySetResult();
            }

            observer.OnReport(runner, report);
        }

        return last;
    }

    // A runner accepts sessions once its model is loaded.
    private static async Task CarryAsync(RunnerHandle runner, Task loaded, CancellationToken cancellationToken)
    {
        await loaded.WaitAsync(cancellationToken).ConfigureAwait(false);
        await runner.Session.RunAsync(runner.Client!, cancellationToken).ConfigureAwait(false);
    }

    private static async Task DeadAsync(RunnerHandle runner, CancellationToken cancellationToken)
    {
        while (!await IsDeadAsync(runner, LongestPause, cancellationToken).ConfigureAwait(false))
        {
            // However long it takes.
        }
    }

    // Waits, up to a limit, for proof that the process has ended.
    private static async Task<bool> IsDeadAsync(RunnerHandle runner, TimeSpan limit, CancellationToken cancellationToken)
    {
        if (runner.Process is { } child)
        {
            var delay = Task.Delay(limit, cancellationToken);
            await Task.WhenAny(child.Exited, delay).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            return child.Exited.IsCompleted;
        }

        for (var waited = TimeSpan.Zero; waited < limit; waited += LongestPoll / 5)
        {
            if (!runner.Bundle.IsLockHeld)
            {
                return true;
            }

            await Task.Delay(LongestPoll / 5, cancellationToken).ConfigureAwait(false);
        }

        return !runner.Bundle.IsLockHeld;
    }

    private async Task<RunnerEnd> FindEndAsync(RunnerHandle runner, CancellationToken cancellationToken)
    {
        var exit = runner.Bundle.ReadExit();
        if (runner.Process is { } child)
        {
            var status = await child.Exited.WaitAsync(cancellationToken).ConfigureAwait(false);
            // Only the parent knows of a signal; an exit file that the runner wrote before it is outdated.
            if (exit is null || status.Signal is not null)
            {
                exit = new RunnerExit
                {
                    Code = status.Code,
                    Signal = status.Signal,
                    EndedAt = _time.GetUtcNow(),
                };
                runner.Bundle.WriteExit(exit);
            }
        }

        return RunnerEnd.From(exit, runner.Bundle.LogTail(RunnerEnd.LogLines));
    }
}
