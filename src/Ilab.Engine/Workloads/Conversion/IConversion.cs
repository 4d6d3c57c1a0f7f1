using Ilab.Engine.Errors;
using Ilab.Engine.Workloads.Execution;

namespace Ilab.Engine.Workloads.Conversion;

/// <summary>One direction of conversion: what its work gets, and what becomes of the outputs. Holds the models it needs until it is disposed.</summary>
internal interface IConversion : IDisposable
{
    /// <summary>What is converted, for people.</summary>
    string Item { get; }

    /// <summary>Checks everything that can be checked without reading weights, and makes the order.</summary>
    /// <exception cref="EngineException">It cannot be converted: what is wrong, and what to do about it.</exception>
    WorkOrder Prepare(string id);

    /// <summary>Puts the outputs of the work where they belong; may be called again after an interruption.</summary>
    /// <returns>What came of the job.</returns>
    Task<string> FinishAsync(string id, CancellationToken cancellationToken);
}
