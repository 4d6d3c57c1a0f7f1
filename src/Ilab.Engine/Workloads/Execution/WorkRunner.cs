using Ilab.Engine.Errors;

namespace Ilab.Engine.Workloads.Execution;

/// <summary>Runs a workload as a step of a job: submits it, follows it to its end, and resubmits it if a restart lost it.</summary>
public sealed class WorkRunner(IExecutor executor)
{
    public IExecutor Executor { get; } = executor;

    /// <summary>Returns when the work has succeeded, now or earlier.</summary>
    /// <param name="order">The workload.</param>
    /// <param name="isResumed">Whether the job was interrupted: work lost in the meantime is submitted once more.</param>
    /// <param name="told">Receives every event, starting with the first.</param>
    /// <exception cref="EngineException">The work failed; kind and reason come from the worker.</exception>
    public async Task RunAsync(WorkOrder order, bool isResumed, Action<WorkEvent> told, CancellationToken cancellationToken)
    {
        var end = await FollowAsync(order, told, cancellationToken).ConfigureAwait(false);
        if (isResumed && end.Error == ErrorKind.RunnerLost)
        {
            await Executor.RemoveAsync(order.Id, cancellationToken).ConfigureAwait(false);
            end = await FollowAsync(order, told, cancellationToken).ConfigureAwait(false);
        }

        end.ThrowIfFailed();
    }

    private async Task<WorkEnd> FollowAsync(WorkOrder order, Action<WorkEvent> told, CancellationToken cancellationToken)
    {
        await Executor.SubmitAsync(order, cancellationToken).ConfigureAwait(false);
        await foreach (var entry in Executor.ObserveAsync(order.Id, 0, cancellationToken).ConfigureAwait(false))
        {
            told(entry);
            if (entry.End is { } end)
            {
                return end;
            }
        }

        throw new EngineException(ErrorKind.Internal, $"work {order.Id} ended without a result");
    }
}
