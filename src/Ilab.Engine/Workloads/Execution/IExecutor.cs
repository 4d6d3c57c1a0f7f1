using Ilab.Engine.Errors;

namespace Ilab.Engine.Workloads.Execution;

/// <summary>
/// A place where the work of jobs is done: this machine, a queue, a cluster. It is known by ids, streams and numbered events alone; nothing here is a process
/// number, a
/// lock or a path that both sides see. Work outlives the service that submitted it, and the next service finds it by its id.
/// </summary>
public interface IExecutor
{
    /// <summary>For people and settings, for example <c>local</c>.</summary>
    string Name { get; }

    /// <summary>
    /// Accepts work; once this returns, it is done whatever becomes of this service. An id that is known already is not started again, whatever else the order
    /// says: the work there is, running or over, is what is observed.
    /// </summary>
    /// <exception cref="EngineException">INVALID_ARGUMENT: it cannot do this kind of work; INTERNAL: the work cannot be started.</exception>
    Task SubmitAsync(WorkOrder order, CancellationToken cancellationToken);

    /// <summary>
    /// The events numbered above <paramref name="after"/>, each exactly once and in order, then those that come; ends after the one that ends the work.
    /// Observing
    /// again at any number gives the same events with the same numbers, also in another service.
    /// </summary>
    /// <exception cref="EngineException">NOT_FOUND: no such work.</exception>
    IAsyncEnumerable<WorkEvent> ObserveAsync(string id, long after, CancellationToken cancellationToken);

    /// <summary>Asks for the end of work; returns when it has ended. Work that is over stays as it is; unknown work is no error.</summary>
    Task CancelAsync(string id, CancellationToken cancellationToken);

    /// <summary>
    /// A result of work that succeeded, as often as it is asked for, until it is removed. Checkpoints are there before the end, and without it. An
    /// executor that has the result as a file of this machine returns that file, which nobody writes to any more: the store shares its bytes instead
    /// of copying them.
    /// </summary>
    /// <exception cref="EngineException">NOT_FOUND: no such work, or it has no such output (yet).</exception>
    Task<Stream> CollectAsync(string id, string output, CancellationToken cancellationToken);

    /// <summary>Forgets work that is over, with its outputs; unknown work is no error.</summary>
    /// <exception cref="EngineException">IN_USE: it is not over.</exception>
    Task RemoveAsync(string id, CancellationToken cancellationToken);
}
