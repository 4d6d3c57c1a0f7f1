using Ilab.Engine.Errors;

namespace Ilab.Engine.Workloads.Execution;

/// <summary>Work as a step of a job: submitted, followed to its end, and done again when a restart lost it.</summary>
public sealed class WorkRunner(IExecutor executor)
{
    public IExecutor Executor { get; } = executor;

    /// <summary>Returns when the work has succeeded, now or before.</summary>
    /// <param name="order">What is to be done.</param>
    /// <param name="isResumed">The job was interrupted: work that was lost in the meantime is done once more.</param>
    /// <param name="told">Gets every event, from the first one on.</param>
    /// <exception cref="EngineException">The work failed; kind and reason are the worker's.</exception>
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
