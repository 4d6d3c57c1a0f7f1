using Ilab.Engine.Access;
using Ilab.Engine.Serving.Inference;
using Ilab.Engine.Serving.Models;

namespace Ilab.Http.Calls;

/// <summary>What answering a request takes, wherever the request comes from: a client that waits, or a line of a batch.</summary>
internal sealed record AnswerScope
{
    /// <summary>Identifies the request in answers and logs.</summary>
    public required string Id { get; init; }

    public required Caller Caller { get; init; }

    public required InferenceEngine Inference { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>Who goes first when requests wait for a model.</summary>
    public GenerationPriority Priority { get; init; }

    /// <summary>How much of a device the caller may have for a model that has to be loaded; null = as much as there is.</summary>
    public Func<CancellationToken, Task<MemoryShare?>> ShareAsync { get; init; } = static _ => Task.FromResult<MemoryShare?>(null);

    /// <summary>Counts the tokens of the request and its answer.</summary>
    public Action<int> Use { get; init; } = static _ => { };

    /// <summary>Cancelled when nobody waits for the answer any more.</summary>
    public required CancellationToken Aborted { get; init; }
}
