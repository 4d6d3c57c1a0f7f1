using Grpc.Core;
using Ilab.Posix.Processes;

namespace Ilab.Engine.Serving.Runners;

public sealed partial class RunnerSupervisor
{
    private const int Terminate = 15;
    private const int Kill = 9;
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(5);

    // An adopted runner may have generations that only it knows of.
    private static readonly TimeSpan DrainTime = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan EndTime = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Stops a runner: by request, then SIGTERM, then SIGKILL. Completes when the process has ended. With <paramref name="force"/>, running generations end
    /// immediately; otherwise the caller has made sure that there are none.
    /// </summary>
    public async Task StopAsync(RunnerHandle runner, bool force, CancellationToken cancellationToken)
    {
        RunnersLog.Stopping(_log, runner.Id, runner.Spec.Model.Name);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _shutdown.Token);
        if (await AskAsync(runner, force, limit.Token).ConfigureAwait(false) && await GoneAsync(runner, EndTime, limit.Token).ConfigureAwait(false))
        {
            return;
        }

        foreach (var signal in (int[])[Terminate, Kill])
        {
            if (SendSignal(runner, signal) && await GoneAsync(runner, EndTime, limit.Token).ConfigureAwait(false))
            {
                return;
            }
        }

        await runner.Gone.Task.WaitAsync(limit.Token).ConfigureAwait(false);
    }

    private static async Task<bool> AskAsync(RunnerHandle runner, bool force, CancellationToken cancellationToken)
    {
        if (runner.Client is not { } client)
        {
            return false;
        }

        using var answer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        answer.CancelAfter(force || runner.Process is not null ? AnswerTime : DrainTime);
        try
        {
            await client.StopAsync(force, answer.Token).ConfigureAwait(false);
            runner.Drained.TrySetResult();
            return true;
        }
        catch (Exception e) when (e is RpcException or OperationCanceledException or ObjectDisposedException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            // Not responding, or already gone.
            return runner.Gone.Task.IsCompleted;
        }
    }

    private static async Task<bool> GoneAsync(RunnerHandle runner, TimeSpan limit, CancellationToken cancellationToken)
    {
        await Task.WhenAny(runner.Gone.Task, Task.Delay(limit, cancellationToken)).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        return runner.Gone.Task.IsCompleted;
    }

    private bool SendSignal(RunnerHandle runner, int signal)
    {
        // The pid of a child that is not reaped cannot be reused; an adopted runner is verified by its start time.
        return runner.Process is { } child
            ? !child.Exited.IsCompleted && ProcessTable.Kill(child.ProcessId, signal)
            : runner.Ready is { } ready && _launcher.Signal(ready, signal);
    }
}
