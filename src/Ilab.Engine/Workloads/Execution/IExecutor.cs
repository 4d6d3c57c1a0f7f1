using Ilab.Engine.Errors;

namespace Ilab.Engine.Workloads.Execution;

/// <summary>
/// Executes workloads of jobs: on this machine, via a queue, on a cluster. The interface uses only ids, streams and numbered events; it does not assume a
/// process id, a lock or a shared path. Work outlives the service that submitted it, and the next service finds it by its id.
/// </summary>
public interface IExecutor
{
    /// <summary>For display and settings, for example <c>local</c>.</summary>
    string Name { get; }

    /// <summary>
    /// Accepts work; after this returns, the work is executed even if the service stops. A known id is not started again, whatever the order says: the existing
    /// work, running or ended, is observed instead.
    /// </summary>
    /// <exception cref="EngineException">INVALID_ARGUMENT: this kind of work is not supported; INTERNAL: the work cannot be started.</exception>
    Task SubmitAsync(WorkOrder order, CancellationToken cancellationToken);

    /// <summary>
    /// The events numbered above <paramref name="after"/>, each exactly once and in order, then new ones; ends after the final event. Observing again from any
    /// number gives the same events with the same numbers, also in another service.
    /// </summary>
    /// <exception cref="EngineException">NOT_FOUND: no such work.</exception>
    IAsyncEnumerable<WorkEvent> ObserveAsync(string id, long after, CancellationToken cancellationToken);

    /// <summary>Requests cancellation; returns when the work has ended. Has no effect on work that has ended; unknown work is not an error.</summary>
    Task CancelAsync(string id, CancellationToken cancellationToken);

    /// <summary>
    /// A result of work that succeeded, as often as it is asked for, until it is removed. Checkpoints are there before the end, and without it. An executor
    /// that has the result as a file of this machine returns that file, which nobody writes to any more: the store shares its bytes instead of copying them.
    /// </summary>
    /// <exception cref="EngineException">NOT_FOUND: no such work, or it has no such output (yet).</exception>
    Task<Stream> CollectAsync(string id, string output, CancellationToken cancellationToken);

    /// <summary>Removes work that has ended, with its outputs; unknown work is not an error.</summary>
    /// <exception cref="EngineException">IN_USE: it has not ended.</exception>
    Task RemoveAsync(string id, CancellationToken cancellationToken);
}
