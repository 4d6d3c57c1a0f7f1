using Ilab.Engine.Errors;

namespace Ilab.Engine.Workloads.Execution;

/// <summary>Runs a workload as a step of a job: submits it, follows it to its end, and resubmits it if a restart lost it.</summary>
public sealed class WorkRunner(IExecutor executor)
{
    public IExecutor Executor { get; } = executor;

    /// <summary>Returns when the work has succeeded, now or before.</summary>
    /// <param name="order">What is to be done.</param>
    /// <param name="isResumed">The job was interrupted: work that was lost in the meantime is done once more.</param>
    /// <param name="told">Gets every event, from the first one on.</param>
    /// <exception cref="EngineException">The work failed; kind and reason are the worker's.</exception>
    public Task RunAsync(WorkOrder order, bool isResumed, Action<WorkEvent> told, CancellationToken cancellationToken) =>
        RunAsync(order.Id, _ => Task.FromResult(order), isResumed, told, cancellationToken);

    /// <summary>The same with an order that costs something to make, or cannot be made any more once the work is done.</summary>
    /// <param name="prepare">Makes the order of that id; not called for work that an earlier attempt submitted, unless it was lost.</param>
    public async Task RunAsync(
        string id,
        Func<CancellationToken, Task<WorkOrder>> prepare,
        bool isResumed,
        Action<WorkEvent> told,
        CancellationToken cancellationToken
    )
    {
        var end = isResumed ? await ResumeAsync(id, told, cancellationToken).ConfigureAwait(false) : null;
        if (end is null)
        {
            await Executor.SubmitAsync(await prepare(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
            end = await FollowAsync(id, told, cancellationToken).ConfigureAwait(false);
        }

        end.ThrowIfFailed();
    }

    /// <returns>How work of an earlier attempt ended; null when it has to be done, for the first time or once more.</returns>
    private async Task<WorkEnd?> ResumeAsync(string id, Action<WorkEvent> told, CancellationToken cancellationToken)
    {
        WorkEnd end;
        try
        {
            end = await FollowAsync(id, told, cancellationToken).ConfigureAwait(false);
        }
        catch (EngineException exception) when (exception.Kind == ErrorKind.NotFound)
        {
            return null;
        }

        if (end.Error != ErrorKind.RunnerLost)
        {
            return end;
        }

        await Executor.RemoveAsync(id, cancellationToken).ConfigureAwait(false);
        return null;
    }

    private async Task<WorkEnd> FollowAsync(string id, Action<WorkEvent> told, CancellationToken cancellationToken)
    {
        await foreach (var entry in Executor.ObserveAsync(id, 0, cancellationToken).ConfigureAwait(false))
        {
            told(entry);
            if (entry.End is { } end)
            {
                return end;
            }
        }

        throw new EngineException(ErrorKind.Internal, $"work {id} stopped without an end");
    }
}
