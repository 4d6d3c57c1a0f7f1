using Ilab.Engine.Access;
using Ilab.Engine.Errors;

namespace Ilab.Engine.Workloads.Batches;

/// <summary>Understands the lines of a batch, and answers them.</summary>
public interface IBatchLines
{
    /// <summary>Checks a line before anything is computed; null = it can be worked on.</summary>
    /// <param name="ids">The lines' own ids so far; those of this line are added.</param>
    BatchProblem? Check(BatchRequest request, BatchLine line, ISet<string> ids);

    /// <summary>How many lines to work on at a time.</summary>
    Task<int> ConcurrencyAsync(BatchRequest request, BatchLine first, Caller caller, CancellationToken cancellationToken);

    /// <summary>Answers a line; what is wrong with the request is its result, too.</summary>
    /// <exception cref="EngineException">It could not be answered now, but may be later.</exception>
    Task<BatchResult> AnswerAsync(BatchRequest request, BatchLine line, Caller caller, CancellationToken cancellationToken);

    /// <summary>The result of a line that could not be answered for too long.</summary>
    BatchResult Abandon(BatchRequest request, BatchLine line, EngineException reason);
}
